"""What widens asks for a fresh sign-in, what narrows never does: every route that takes a POST is judged."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import freeze
from accounts.models import User
from accounts.person.factors import FactorAdapter
from accounts.sudo import ACTS
from connections.models import Connection
from strategies.hands import adopting
from strategies.models import Bot, Funds, Group, Instrument, StopSwitch
from strategies.models.funds import USUAL_CAP
from strategies.pages.bot_form.form import settings_of
from tests.accounts.factories import PASSWORD, make_user, sign_in
from tests.connections.factories import make_connection, make_secret
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument
from tests.web.matrix import MATRIX
from tests.web.routes import ROUTES
from tests.web.world import changed, forgotten, snapshot

pytestmark = pytest.mark.django_db
OLD, LONG = 40 * 60, "x" * 24
NEW_PASSWORD = "nine otters juggle lanterns"

# Routes whose every POST narrows, or touches nothing that anybody could do more with. A new one must be named here, or
# in the table of accounts/sudo.py.
NARROWS = {
    "bot_disable",
    "bot_delete",
    "bot_close",
    "bot_signal_end",
    "bot_signal_test",  # of practice bots only: it widens nothing
    "bot_story",  # moves invented prices
    "first_steps",
    "trader_close",
    "group_close",
    "group_sell",
    "connection_discard",
    "connection_delete",
    "account_logout",
    "account_end_session",
    "account_end_sessions",
    "messages_read",
    "channel_remove",
    "account_undo",  # by its own link, which ends what somebody else changed
    "admin:logout",
}
HARMLESS = {
    "bot_add",  # it is off until it is enabled
    "bot_worst_case",
    "bot_glimpse",
    "bot_pairs",
    "bot_import",  # it shows a form
    "bot_look_backs",  # reckons what would have been
    "look_back_cancel",
    "look_back_map",
    "connection_test",
    "connection_test_all",
    "connection_rename",
    "channel",  # what an address that was proven fresh is told
    "channel_test",
    "channels_quiet",
    "results",  # where days begin, and one currency to show money in
    "signal",  # by its own address, which asks when it is made
    "admin:check_connection",  # it opens a key to ask what it can do, as the schedule does
    "admin:index",
    "admin:password_change",  # leads to the page of everybody
    "admin:",  # leads on to the page of a row
    "admin:app_list",
}
# How people sign in and confirm it, or get in again: there is no session yet that could be old.
ENTRANCE = {
    "mfa_login_webauthn",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "account_login",
    "account_signup",
    "account_reauthenticate",
    "account_confirm_by_mail",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_reset_password",
    "account_reset_password_from_key",
    "admin:login",
}


@dataclass(frozen=True)
class Live:
    """A trader with live money, and an operator."""

    owner: User
    operator: User
    home: Connection
    practice: Connection
    bot: Bot
    running: Bot
    group: Group


@pytest.fixture
def live(settings: Settings) -> Iterator[Live]:
    settings.ACCOUNT_RATE_LIMITS = False
    logging.disable()
    owner = make_user(email="owner@example.test", password=PASSWORD, has_factor=True)
    operator = make_user(email="op@example.test", password=PASSWORD, is_staff=True, is_superuser=True)
    EmailAddress.objects.create(user=owner, email="second@example.test", verified=True)
    home = make_connection(owner=owner, venue="live", name="Live")
    make_secret(connection=home, revision=2, api_key="r" * 24)
    practice = make_connection(owner=owner, venue="practice", name="Practice")
    make_instrument(connection=home)
    make_funds(connection=home, USDT="10000")
    bot = make_bot(connection=home, name="Off", paused="entries")
    running = make_bot(connection=home, name="Running", state="enabled", pairs_json=["ETH/USDT"], signal_hash="h" * 64)
    group = make_group(bot=running, pair="ETH/USDT", recovery_forced=True)
    StopSwitch.objects.create(owner=owner, level="add_ons")
    StopSwitch.objects.create(is_global=True, level="entries")
    StopSwitch.objects.create(owner=owner, is_ours=True, level="entries")
    StopSwitch.objects.create(exchange="kucoin", venue="live", level="entries")
    yield Live(owner, operator, home, practice, bot, running, group)
    logging.disable(logging.NOTSET)


def typed(bot: Bot, **changes: Any) -> dict[str, Any]:
    """Return what the form of an edit sends: the settings as they are, with changes."""
    values = settings_of(bot) | {"connection": bot.connection.public_id, "recovery_mode": bot.recovery_mode}
    sent = values | changes | {"confirmed": "1"}
    return {name: value for name, value in sent.items() if value is not None and value is not False}


def switched_off(owner: User) -> User:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    return owner


def may_add(live: Live) -> Live:
    StopSwitch.objects.filter(owner=live.owner, is_ours=False).delete()
    return priced(live)


def may_open(live: Live) -> Live:
    StopSwitch.objects.all().delete()
    Group.objects.update(mode="closed")
    return priced(live)


def may_adopt(live: Live) -> Live:
    now, has = timezone.now(), {"USDT": "10000", "ETH": "1"}
    stored = {coin: {"free": amount, "total": amount} for coin, amount in has.items()}
    Funds.objects.filter(connection=live.home).update(balances_json=stored, read_at=now, reconciled_at=now)
    return may_open(live)


def adopting_of(live: Live) -> dict[str, Any]:
    """Return what the page sends that was looked at: one lot of the coin, at the price now."""
    coins = {"quantity": Decimal("0.1"), "price": Decimal(95)}
    instrument = Instrument.objects.get(pair="ETH/USDT")
    plan = adopting.of_coins(live.running, instrument, "ETH/USDT", **coins, now=timezone.now())
    return {"pair": "ETH/USDT", **{name: str(one) for name, one in coins.items()}, "confirmed": plan.seen}


def priced(live: Live) -> Live:
    """Let its other pair have a price, where none of the requests before has seen to it."""
    if not Instrument.objects.filter(pair="ETH/USDT").exists():
        make_instrument(connection=live.home, pair="ETH/USDT")
    return live


Request = Callable[[Live], tuple[str, dict[str, Any]]]
KEY = {"api_key": "a" * 24, "secret": "b8e3c1d2-1234-4abc-9def-0123456789ab", "passphrase": "pass-phrase-1"}
WIDENS: dict[str, list[Request]] = {
    "factor_changed": [lambda live: (reverse("mfa_generate_recovery_codes"), {})],
    "account_exported": [lambda live: (reverse("account_export"), {})],
    "account_closed": [lambda live: (reverse("account_close"), {"email": "owner@example.test"})],
    "key_added": [
        lambda live: (
            reverse("connection_add_exchange", args=["kucoin"]),
            KEY | {"name": "Another", "market": "spot", "venue": "live"},
        )
    ],
    "channel_added": [
        lambda live: (reverse("channel_add", args=["ntfy"]), {"topic": "nobody-guesses-this"}),
    ],
    "key_replaced": [lambda live: (reverse("connection_replace", args=[live.home.public_id]), KEY)],
    "loss_cap_raised": [lambda live: (reverse("connection_loss_cap", args=[live.home.public_id]), {"percent": "90"})],
    "bot_enabled": [
        lambda live: (reverse("bot_enable", args=[live.bot.public_id]), {}),
        lambda live: (reverse("bot_enable", args=[live.bot.public_id]), {"only_to_close": "1"}),
        lambda live: (reverse("bots_together"), {"act": "enable", "bot": str(live.bot.public_id)}),
    ],
    "bot_raised": [
        lambda live: (reverse("bot_edit", args=[live.bot.public_id]), typed(live.bot, margin_limit="500000")),
        lambda live: (reverse("bot_edit", args=[live.running.public_id]), typed(live.running, risk_level="high")),
        lambda live: (
            reverse("bot_edit", args=[live.running.public_id]),
            typed(live.running, entry_source="immediate"),
        ),
        lambda live: (
            reverse("bot_edit", args=[live.bot.public_id]),
            typed(live.bot, margin_limit="900", connection=live.practice.public_id),
        ),
    ],
    "bot_unpaused": [
        lambda live: (reverse("bot_pause", args=[live.bot.public_id]), {"level": ""}),
        lambda live: (reverse("bots_together"), {"act": "resume", "bot": str(live.bot.public_id)}),
    ],
    "trader_unpaused": [
        lambda live: (reverse("trader_pause"), {"level": ""}),
        lambda live: (reverse("trader_pause"), {"level": "entries"}),
    ],
    "signal_address": [lambda live: (reverse("bot_signal_address", args=[live.bot.public_id]), {})],
    "group_released": [lambda live: (reverse("group_release", args=[live.group.public_id]), {})],
    "recovery_ended": [lambda live: (reverse("group_recovery", args=[live.group.public_id]), {"on": "0"})],
    "group_opened": [
        lambda live: (
            reverse("bot_open", args=[may_open(live).running.public_id]),
            {"pair": "ETH/USDT", "confirmed": "ETH/USDT/0"},
        )
    ],
    "coins_adopted": [lambda live: (reverse("bot_adopt", args=[may_adopt(live).running.public_id]), adopting_of(live))],
    "group_added": [
        lambda live: (
            reverse("group_add", args=[may_add(live).group.public_id]),
            {"cost": "20", "confirmed": "20/0"},
        )
    ],
    "exits_moved": [
        lambda live: (
            reverse("group_exits", args=[live.group.public_id]),
            {"take_profit": "5", "stop_loss": "", "confirmed": "5/"},
        )
    ],
    "address_changed": [
        lambda live: (reverse("account_email"), {"email": "second@example.test", "action_primary": "1"}),
        lambda live: (reverse("account_email"), {"email": "second@example.test", "action_remove": "1"}),
    ],
    "password_changed": [
        lambda live: (
            reverse("account_change_password"),
            {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        )
    ],
    "rank_raised": [
        lambda live: (
            reverse("admin:accounts_user_change", args=[live.owner.pk]),
            {"display_name": "", "is_staff": "on"},
        ),
        lambda live: (reverse("operators_person", args=[switched_off(live.owner).public_id]), {"how": "on"}),
    ],
    "kill_switch_eased": [
        lambda live: (reverse("admin:kill_switch"), {"level": "none", "word": "none"}),
        lambda live: (reverse("admin:stop_exchange", args=["kucoin", "live"]), {"level": "none", "word": "none"}),
        lambda live: (reverse("admin:stop_person", args=[live.owner.public_id]), {"level": "none", "word": "none"}),
    ],
}
NARROWINGS: dict[str, Request] = {
    "a bot is disabled": lambda live: (reverse("bot_disable", args=[live.running.public_id]), {"how": "alone"}),
    "a bot winds down": lambda live: (reverse("bot_disable", args=[live.running.public_id]), {"how": "keep"}),
    "a bot is disabled and closed": lambda live: (
        reverse("bot_close", args=[live.running.public_id]),
        {"disable": "1"},
    ),
    "a bot is deleted": lambda live: (reverse("bot_delete", args=[live.bot.public_id]), {}),
    "a signal address ends": lambda live: (reverse("bot_signal_end", args=[live.running.public_id]), {}),
    "a bot is paused": lambda live: (reverse("bot_pause", args=[live.running.public_id]), {"level": "add_ons"}),
    "several bots are disabled": lambda live: (
        reverse("bots_together"),
        {"act": "disable", "bot": str(live.running.public_id)},
    ),
    "a bot is closed": lambda live: (reverse("bot_close", args=[live.running.public_id]), {"pause": "1"}),
    "everything is closed": lambda live: (reverse("trader_close"), {"pause": "1"}),
    "a group is closed": lambda live: (reverse("group_close", args=[live.group.public_id]), {}),
    "a part of a group is sold": lambda live: (
        reverse("group_sell", args=[live.group.public_id]),
        {"share": "50", "confirmed": "50"},
    ),
    "a take profit comes nearer, and a stop loss is set": lambda live: (
        reverse("group_exits", args=[live.group.public_id]),
        {"take_profit": "1", "stop_loss": "5", "confirmed": "1/5"},
    ),
    "a limit is lowered": lambda live: (
        reverse("bot_edit", args=[live.running.public_id]),
        typed(live.running, margin_limit="100", stop_loss="5"),
    ),
    "a live bot goes to practice": lambda live: (
        reverse("bot_edit", args=[live.bot.public_id]),
        typed(live.bot, connection=live.practice.public_id),
    ),
    "the cap is lowered": lambda live: (
        reverse("connection_loss_cap", args=[live.home.public_id]),
        {"percent": "5"},
    ),
    "a replacement key is discarded": lambda live: (reverse("connection_discard", args=[live.home.public_id]), {}),
    "a connection is deleted": lambda live: (reverse("connection_delete", args=[live.home.public_id]), {}),
    "the kill switch is set": lambda live: (reverse("admin:kill_switch"), {"level": "orders", "word": "orders"}),
    "an exchange is stopped": lambda live: (
        reverse("admin:stop_exchange", args=["kucoin", "live"]),
        {"level": "orders", "word": "orders"},
    ),
    "a person is stopped": lambda live: (
        reverse("admin:stop_person", args=[live.owner.public_id]),
        {"level": "add_ons", "word": "add_ons"},
    ),
    "a person is switched off": lambda live: (
        reverse("operators_person", args=[live.owner.public_id]),
        {"how": "alone"},
    ),
}
# A file that is taken along changes no row by which these tests could tell (tests/accounts/test_leaving.py).
CASES = [(code, request) for code, requests in WIDENS.items() for request in requests if code != "account_exported"]


def state() -> Any:
    return snapshot(), list(Funds.objects.exclude(loss_cap=USUAL_CAP).values_list("pk", "loss_cap"))


def person(live: Live, path: str) -> User:
    return live.operator if path.startswith("/operators/") else live.owner


def leaves_all_as_it_is(client: Client, method: str, path: str, data: dict[str, Any]) -> tuple[bool, Any]:
    (rows, caps) = state()
    with forgotten():
        answer = client.post(path, data) if method == "POST" else client.generic(method, path)
        is_untouched = changed(rows) == [] and state()[1] == caps
    return is_untouched, answer


def name_of(pattern: str) -> str:
    """Return a route's name with its namespace, as a request's resolver match has it."""
    names = {}

    def walk(patterns: Any, prefix: str, namespace: str) -> None:
        for one in patterns:
            spelt = prefix + str(one.pattern)
            if hasattr(one, "url_patterns"):
                inner = f"{namespace}{one.namespace}:" if getattr(one, "namespace", None) else namespace
                walk(one.url_patterns, spelt, inner)
            else:
                names[spelt] = namespace + (one.name or "")

    walk(get_resolver().url_patterns, "", "")
    return names[pattern]


def test_every_route_that_takes_a_post_is_judged() -> None:
    refused = {"405", "403", "404", "in"}
    taking = {name_of(route.pattern) for route in ROUTES if set(MATRIX[route.pattern][1].split()) - refused}
    judged = {name for act in ACTS for name in act.routes} | NARROWS | HARMLESS | ENTRANCE

    assert {name for name in taking if name not in judged and not name.endswith(("_changelist", "_history"))} == set()


def test_the_table_names_routes_that_are_there() -> None:
    there = {name_of(route.pattern) for route in ROUTES}

    assert {name for act in ACTS for name in act.routes} - there == set()
    assert (NARROWS | HARMLESS | ENTRANCE) - there == set()


def test_every_act_has_a_case() -> None:
    assert {act.code for act in ACTS} == set(WIDENS)


@pytest.mark.parametrize(("code", "request_of"), CASES)
def test_an_old_session_widens_nothing(live: Live, client: Client, code: str, request_of: Request) -> None:
    path, data = request_of(live)
    sign_in(client, person(live, path), age=OLD)

    is_untouched, answer = leaves_all_as_it_is(client, "POST", path, data)

    assert is_untouched
    way = "mfa_reauthenticate" if path.startswith("/operators/") else "account_reauthenticate"
    assert answer.headers["Location"].startswith(reverse(way))
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert leaves_all_as_it_is(client, method, path, data)[0], method


@pytest.mark.parametrize(("code", "request_of"), CASES)
def test_a_fresh_session_does_it(live: Live, client: Client, code: str, request_of: Request) -> None:
    path, data = request_of(live)
    sign_in(client, person(live, path))

    assert not leaves_all_as_it_is(client, "POST", path, data)[0]


@pytest.mark.parametrize(("code", "request_of"), CASES)
def test_a_frozen_account_widens_nothing_that_a_freeze_is_for(
    live: Live, client: Client, code: str, request_of: Request
) -> None:
    path, data = request_of(live)
    act = next(act for act in ACTS if act.code == code)
    freeze.freeze(person(live, path), freeze.Because.PASSWORD_RESET)
    sign_in(client, person(live, path))

    is_untouched, answer = leaves_all_as_it_is(client, "POST", path, data)

    assert is_untouched is act.kind.is_freezable
    assert ("frozen until" in answer.text) is act.kind.is_freezable


@pytest.mark.parametrize("request_of", NARROWINGS.values(), ids=NARROWINGS)
def test_an_old_session_of_a_frozen_account_narrows(live: Live, client: Client, request_of: Request) -> None:
    path, data = request_of(live)
    freeze.freeze(live.owner, freeze.Because.PASSWORD_RESET)
    sign_in(client, person(live, path), age=OLD)

    is_untouched, answer = leaves_all_as_it_is(client, "POST", path, data)

    assert not is_untouched
    assert "reauthenticate" not in answer.headers.get("Location", "")


def confirmed(client: Client, answer: Any) -> Any:
    """Give what the page asks for that a refusal leads to, and return the page that follows."""
    asked = answer.headers["Location"]
    to = client.get(asked).context["redirect_field_value"]
    return client.post(asked, {"password": PASSWORD, "code": code_of_operator(), "next": to}, follow=True)


def code_of_operator() -> str:
    sealed = Authenticator.objects.get(type="totp", user__is_staff=True).data["secret"]
    counter = int(time.time()) // 30
    return str(format_hotp_value(hotp_value(FactorAdapter().decrypt(sealed), counter)))


@pytest.mark.parametrize("code", ["rank_raised", "kill_switch_eased"])
def test_what_an_operator_widens_needs_the_second_factor_and_no_password_stands_for_it(
    live: Live, client: Client, code: str
) -> None:
    path, data = WIDENS[code][0](live)
    sign_in(client, live.operator)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session.save()

    is_untouched, answer = leaves_all_as_it_is(client, "POST", path, data)

    assert is_untouched
    assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))
    page = confirmed(client, client.post(path, data))
    assert not leaves_all_as_it_is(client, "POST", page.context["path"], dict(page.context["fields"]))[0]


def test_an_operator_with_a_passkey_alone_is_asked_for_that(live: Live, client: Client) -> None:
    path, data = WIDENS["rank_raised"][0](live)
    Authenticator.objects.filter(user=live.operator).update(type="webauthn", data={"name": "Key", "credential": {}})
    sign_in(client, live.operator, age=OLD)

    assert client.post(path, data).headers["Location"].startswith(reverse("mfa_reauthenticate_webauthn"))


@pytest.mark.parametrize(
    ("code", "request_of"),
    [case for case in CASES if not next(act for act in ACTS if act.code == case[0]).kind.takes_secrets],
)
def test_after_the_password_one_click_does_what_was_chosen(
    live: Live, client: Client, code: str, request_of: Request
) -> None:
    path, data = request_of(live)
    sign_in(client, person(live, path), age=OLD)

    page = confirmed(client, client.post(path, data))
    fields = dict(page.context["fields"])

    assert f'action="{path}"' in page.text
    assert not leaves_all_as_it_is(client, "POST", page.context["path"], fields)[0]


# What the page before the last click says of each act that is kept, beside the act itself.
TOLD = {
    "account_exported": ["owner@example.test"],
    "account_closed": ["owner@example.test"],
    "loss_cap_raised": ["Live (", "90 %"],
    "bot_enabled": ["Off", "BTC/USDT", "Live ("],
    "bot_raised": ["/USDT", "Live (", " → "],
    "bot_unpaused": ["Off", "Nothing is paused"],
    "trader_unpaused": ["all your bots", "paused"],
    "signal_address": ["Off", "BTC/USDT", "Live ("],
    "group_released": ["ETH/USDT", "Running", "Live ("],
    "recovery_ended": ["ETH/USDT", "Running", "Live ("],
    "group_opened": ["Running", "Live (", "ETH/USDT"],
    "coins_adopted": ["ETH/USDT", "Running", "Live (", "0.1", "95"],
    "group_added": ["ETH/USDT", "Running", "Live (", "20"],
    "exits_moved": ["ETH/USDT", "Running", "Live (", "5 %", "none"],
    "address_changed": ["second@example.test"],
    "rank_raised": ["owner@example.test", " yes"],
    "kill_switch_eased": ["every bot of", "Nothing is paused"],
}


def test_every_act_that_is_kept_has_its_words() -> None:
    assert {act.code for act in ACTS if not act.kind.takes_secrets} == set(TOLD)


@pytest.mark.parametrize(("code", "request_of"), [(code, request) for code in TOLD for request in WIDENS[code]])
def test_the_page_before_the_last_click_says_what_was_chosen(
    live: Live, client: Client, code: str, request_of: Request
) -> None:
    path, data = request_of(live)
    sign_in(client, person(live, path), age=OLD)

    page = confirmed(client, client.post(path, data)).text

    shown = re.sub(r"<.*?>", " ", page.partition('<dl class="rows">')[2].partition("</dl>")[0])
    assert [words for words in TOLD[code] if words not in shown] == []


def test_names_on_that_page_are_text_and_turn_nothing_around(live: Live, client: Client) -> None:
    Bot.objects.filter(pk=live.bot.pk).update(name="<img src=x>\u202e\u05d0")
    path, data = WIDENS["bot_enabled"][0](live)
    sign_in(client, live.owner, age=OLD)

    page = confirmed(client, client.post(path, data)).text

    assert "<bdi>&lt;img src=x&gt;\u202e\u05d0</bdi>" in page


def test_that_page_names_nothing_of_others(live: Live, client: Client) -> None:
    stranger = make_user(email="stranger@example.test", password=PASSWORD)
    path, data = WIDENS["address_changed"][0](live)
    sign_in(client, stranger, age=OLD)
    asked = client.post(path, data)
    session = client.session
    (kept,) = session["sudo_kept"]
    pages = {}
    for code, request_of in CASES:
        path, data = request_of(live)
        fields = [[name, str(value)] for name, value in data.items()]
        session["sudo_kept"] = [kept | {"act": code, "path": path, "fields": fields}]
        session.save()
        pages[code] = client.get(asked.headers["Location"].partition("next=")[2].replace("%2F", "/"), follow=True).text

    theirs = ("Live (", "BTC/USDT", "ETH/USDT", "Running")
    assert [(code, one) for code, page in pages.items() for one in theirs if f"<bdi>{one}" in page] == []


def test_a_typed_key_is_asked_for_again_and_its_name_is_kept(live: Live, client: Client) -> None:
    path, data = WIDENS["key_added"][0](live)
    sign_in(client, live.owner, age=OLD)

    asked = client.post(path, data)
    told = client.get(asked.headers["Location"]).text
    page = confirmed(client, asked)

    assert "secrets are never kept" in told
    assert 'value="Another"' in page.text
    kept = str(dict(client.session.items())) + str(page.redirect_chain)
    assert [value for value in KEY.values() if value in kept or value in page.text] == []


def test_what_was_typed_is_not_kept_for_ever(live: Live, client: Client) -> None:
    path, data = WIDENS["bot_raised"][0](live)
    sign_in(client, live.owner, age=OLD)
    client.post(path, data)
    session = client.session
    (kept,) = session["sudo_kept"]
    kept["at"] -= 31 * 60
    session.save()

    page = client.get(reverse("account_go_on", args=[kept["token"]]), follow=True)

    assert "not kept any more" in page.text


def test_a_flood_of_refused_posts_fills_no_session(live: Live, client: Client) -> None:
    path, data = WIDENS["bot_raised"][0](live)
    sign_in(client, live.owner, age=OLD)

    for _ in range(5):
        client.post(path, data)
    client.post(path, data | {"name": "x" * 30_000})

    assert len(client.session["sudo_kept"]) == 3
    assert len(str(dict(client.session.items()))) < 20_000


def test_going_on_needs_a_token_of_the_page_like_every_form(live: Live) -> None:
    client = Client(enforce_csrf_checks=True)
    sign_in(client, live.owner)
    path, data = WIDENS["bot_raised"][0](live)
    request = HttpRequest()
    token = get_token(request)
    client.cookies["csrf"] = request.META["CSRF_COOKIE"]

    assert client.post(path, data).status_code == 403
    assert client.post(path, data | {"csrfmiddlewaretoken": token}).status_code == 302


def test_the_way_over_practice_gets_no_address_for_a_live_bot(live: Live, client: Client) -> None:
    """An old session moved a live bot to practice, made an address, and moved it back: it reached the live bot."""
    sign_in(client, live.owner, age=OLD)
    edit = reverse("bot_edit", args=[live.bot.public_id])

    client.post(edit, typed(live.bot, connection=live.practice.public_id))
    shown = client.post(reverse("bot_signal_address", args=[live.bot.public_id]))
    address = shown.context["page"].made
    back = client.post(edit, typed(live.bot, connection=live.home.public_id))

    assert address
    assert back.headers["Location"].startswith(reverse("account_reauthenticate"))
    # The owner moves it back, and the address of the detour does not come along.
    sign_in(client, live.owner)
    client.post(edit, typed(live.bot, connection=live.home.public_id))
    live.bot.refresh_from_db()
    assert live.bot.connection == live.home
    alert = '{"pair": "BTC/USDT", "direction": "long"}'
    token = address.rstrip("/").rsplit("/", 1)[1]
    assert Client().post(f"/signals/{token}/", alert, content_type="application/json").status_code == 404


def test_practice_alone_never_asks(live: Live, client: Client) -> None:
    bot = make_bot(connection=live.practice, name="Toy", paused="add_ons")
    make_funds(connection=live.practice, USDT="10000")
    make_instrument(connection=live.practice)
    sign_in(client, live.owner, age=OLD)

    for name, data in (
        ("bot_edit", typed(bot, margin_limit="9000", risk_level="high")),
        ("bot_pause", {"level": ""}),
        ("bot_signal_address", {}),
        ("bot_enable", {}),
    ):
        client.post(reverse(name, args=[bot.public_id]), data)

    bot.refresh_from_db()
    assert (bot.margin_limit, bot.paused, bot.state) == (Decimal(9000), "", "enabled")
    assert bot.signal_hash


def test_a_freeze_that_is_over_forbids_nothing(live: Live, client: Client) -> None:
    path, data = WIDENS["bot_enabled"][0](live)
    User.objects.update(frozen_until=timezone.now() - timedelta(minutes=1), frozen_because="undone")
    sign_in(client, live.owner)

    assert not leaves_all_as_it_is(client, "POST", path, data)[0]
