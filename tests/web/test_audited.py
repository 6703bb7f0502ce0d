"""One walk through the product, as a trader, a stranger, an operator and the worker: each act is in the trail.

Who did it, when, from where, with what outcome, under which request, and none of the values that were typed.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import audit
from accounts.models import AuditEvent, User
from connections.check import settle
from connections.models import Connection, KeyOpening, Secret
from connections.secrets import opening, openings, vault
from messaging.choices import Via
from messaging.models import Channel
from strategies.bots import flows as bot_flows
from strategies.hands import adopting
from strategies.models import Bot, Funds, Group, Instrument, LookBack, Signal
from strategies.runner import winding_down
from tests.accounts.factories import PASSWORD, make_user, sign_in
from tests.connections.conftest import exchange_loop as exchange_loop
from tests.connections.conftest import published as published
from tests.connections.conftest import rig as rig
from tests.connections.factories import make_connection
from tests.connections.practising import add, only_credentials, work
from tests.practice.rig import Rig
from tests.strategies.factories import make_bot, make_group, make_instrument
from tests.strategies.lookback.example import looked_back

pytestmark = [pytest.mark.django_db, pytest.mark.services]
ADA, SECOND, NEW_PASSWORD = "ada@example.test", "ada2@example.test", "nine otters juggle lanterns"
LINK = r"https?://[^/\s]+(/account/\S+)"
LEAST = 60


@dataclass
class Walk:
    """What was done until now, and the kinds of events that told of it."""

    rig: Rig
    web: Client = field(default_factory=Client)
    kinds: set[str] = field(default_factory=set)
    typed: set[str] = field(default_factory=lambda: {PASSWORD, NEW_PASSWORD, ADA, SECOND})

    @cached_property
    def number(self) -> int:
        return User.objects.get(email=ADA).pk

    @property
    def ada(self) -> User:
        return User.objects.get(pk=self.number)

    def post(self, route: str, /, *args: object, **data: str) -> Any:
        return self.web.post(reverse(route, args=args), data)

    @contextmanager
    def tells(self, *kinds: str, by: Callable[[], User | None] | None = None, outcome: str = "ok") -> Iterator[None]:
        """Expect one event of each kind: by Ada at a page, or by `by`; None is the product itself, or a stranger."""
        last = AuditEvent.objects.values_list("pk", flat=True).first() or 0
        began = timezone.now()
        yield
        new = AuditEvent.objects.filter(pk__gt=last)
        person = by() if by else self.ada
        for kind in kinds:
            (event,) = new.filter(action=kind)
            assert event.actor_label == audit.label(person), kind
            assert event.outcome == outcome, kind
            assert began <= event.at <= timezone.now(), kind
            assert event.target, kind
        for event in new:
            assert [value for value in self.typed if value in repr(vars(event))] == []
            # A worker and a command have no address and no request; everything at a page has both.
            assert bool(event.address) == bool(event.request_id), event.action
        self.kinds |= {*kinds}

    @contextmanager
    def worker_tells(self, *kinds: str, outcome: str = "ok") -> Iterator[None]:
        with self.tells(*kinds, by=lambda: None, outcome=outcome):
            yield

    @contextmanager
    def stranger_tells(self, *kinds: str) -> Iterator[None]:
        with self.tells(*kinds, by=lambda: None, outcome="refused"):
            yield


def code_in_mail(to: str) -> str:
    newest = [one for one in mail.outbox if one.to == [to]][-1]
    return str(re.findall(r"^[A-Z]{4}-[A-Z]{4}$", str(newest.body), re.MULTILINE)[0])


def link_in_mail(to: str, subject: str) -> str:
    newest = [one for one in mail.outbox if one.to == [to] and subject in one.subject][-1]
    return str(re.findall(LINK, str(newest.body))[0])


def an_account_begins(walk: Walk) -> None:
    walk.post("account_signup", email=ADA, password1=PASSWORD)
    with walk.tells("account.email_confirmed", "account.claimed", "account.signed_in"):
        walk.post("account_email_verification_sent", code=code_in_mail(ADA), action="verify")
    with walk.tells("account.signed_out"):
        walk.post("account_logout")
    with walk.stranger_tells("account.sign_in_failed"):
        walk.post("account_login", login=ADA, password="wrong wrong wrong")
    with walk.stranger_tells("account.tries_refused"):
        stranger = Client(REMOTE_ADDR="203.0.113.9")
        for _ in range(20):
            stranger.post(reverse("account_login"), {"login": "nobody@example.test", "password": "w"})
            if AuditEvent.objects.filter(action="account.tries_refused").exists():
                break
    with walk.tells("account.signed_in"):
        walk.post("account_login", login=ADA, password=PASSWORD)
    with walk.tells("account.password_confirmed"):
        walk.post("account_reauthenticate", password=PASSWORD)
    to_key = reverse("connection_add_exchange", args=["kucoin"])
    walk.post("account_confirm_by_mail", send="1", next=to_key)
    with walk.tells("account.code_failed", outcome="refused"):
        walk.post("account_confirm_by_mail", code="AAAA-AAAA", next=to_key)
    with walk.tells("account.confirmed_by_mail"):
        walk.post("account_confirm_by_mail", code=code_in_mail(ADA), next=to_key)


def ways_in_change(walk: Walk) -> None:
    walk.post("account_email", email=SECOND, action_add="1")
    with walk.tells("account.email_added", "account.email_confirmed"):
        walk.post("account_email_verification_sent", code=code_in_mail(SECOND), action="verify")
    with walk.tells("account.email_changed"):
        walk.post("account_email", email=SECOND, action_primary="1")
    with walk.tells("account.email_removed"):
        walk.post("account_email", email=ADA, action_remove="1")
    with walk.tells("account.factor_added"):
        page = walk.web.get(reverse("mfa_activate_totp"))
        secret = page.context["form"].secret
        walk.typed.add(secret)
        walk.post("mfa_activate_totp", code=format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    with walk.stranger_tells("account.factor_failed"):
        walk.post("mfa_reauthenticate", code="000000")
    with walk.tells("account.recovery_codes"):
        walk.post("mfa_generate_recovery_codes")
    with walk.tells("account.factor_removed"):
        walk.post("mfa_deactivate_totp")
    with walk.tells("account.password_changed"):
        walk.post("account_change_password", oldpassword=PASSWORD, password1=NEW_PASSWORD, password2=NEW_PASSWORD)


def sessions_end(walk: Walk) -> None:
    sign_in(walk.web, walk.ada)
    mine = [row.pk for row in walk.ada.sessions.all()]
    sign_in(Client(), walk.ada)
    with walk.tells("account.session_ended"):
        walk.post("account_end_session", walk.ada.sessions.exclude(pk__in=mine).get().public_id)
    with walk.tells("account.sessions_ended"):
        walk.post("account_end_sessions")
    with walk.tells("account.exported"):
        b"".join(walk.post("account_export"))


def messages_find_a_way(walk: Walk) -> None:
    walk.typed.add("nobody-guesses-this")
    with walk.tells("channel.added", "channel.tested", outcome="ntfy"):
        walk.post("channel_add", "ntfy", topic="nobody-guesses-this")
    channel = Channel.objects.get(user=walk.ada, via=Via.NTFY)
    with walk.tells("channel.changed", outcome="ntfy"):
        walk.post("channel", channel.public_id, kinds="group.closed")
    with walk.tells("channel.removed", outcome="ntfy"):
        walk.post("channel_remove", channel.public_id)


def a_key_comes_and_goes(walk: Walk) -> Connection:
    keys = only_credentials(walk.rig.tryout("kucoin", "good"))
    walk.typed |= {*keys.values()}
    about = {"market": "spot", "venue": "practice"}
    with walk.tells("connection.added"):
        walk.post("connection_add_exchange", "kucoin", name="Gold of Ada", **about, **keys)
    connection = Connection.objects.get(owner=walk.ada)
    with walk.worker_tells("secret.opened", outcome="added"):
        work(connection)
    with walk.worker_tells("connection.checked", outcome="online"), walk.tells("connection.test"):
        walk.post("connection_test", connection.public_id)
        work(connection)
    with walk.tells("connection.renamed"):
        walk.post("connection_rename", connection.public_id, name="Silver")
    with walk.tells("connection.key_replaced", outcome="candidate"):
        walk.post("connection_replace", connection.public_id, **keys)
    with walk.tells("connection.key_discarded"):
        walk.post("connection_discard", connection.public_id)
    with walk.tells("connection.loss_cap"):
        walk.post("connection_loss_cap", connection.public_id, percent="15")
    with walk.worker_tells("connection.check_dropped", outcome="user"):
        walk.post("connection_test", connection.public_id)
        User.objects.filter(pk=walk.ada.pk).update(is_active=False)
        work(connection)
        User.objects.filter(pk=walk.ada.pk).update(is_active=True)
    return connection


def keys_are_watched(walk: Walk, connection: Connection) -> None:
    work(add(None, walk.rig.tryout("kucoin", "good"), venue="live"))
    claiming = add(None, walk.rig.tryout("kucoin", "good"), venue="live")
    with walk.worker_tells("connection.claimed", outcome="refused"):
        work(claiming)
    withdrawing = add(None, walk.rig.tryout("kucoin", "withdraw"))
    with walk.worker_tells("secret.destroyed", outcome="right.withdraw"):
        work(withdrawing)
    with walk.worker_tells("secret.openings", outcome="added 1"):
        KeyOpening.objects.exclude(connection=connection, purpose="added").delete()
        openings.tell_sums(timezone.now() + timedelta(hours=1, minutes=3))
    row = Secret.objects.get(connection=connection, revision=connection.revision)
    Secret.objects.filter(pk=row.pk).update(sealed=row.sealed[:-8] + "AAAAAAAA")
    with walk.worker_tells("secret.tampered", outcome="refused"), pytest.raises(vault.VaultError):
        opening.open_key(connection, connection.revision, purpose="order")
    Secret.objects.filter(pk=row.pk).update(sealed=row.sealed)


def a_bot_begins(walk: Walk, connection: Connection) -> Bot:
    make_instrument(connection=connection)
    page = walk.web.get(reverse("bot_add"))
    sent = {name: str(value) for name, value in page.context["form"].initial.items() if value is not None}
    sent |= {"name": "Steady", "connection": str(connection.public_id), "pairs": "BTC/USDT", "margin_limit": "500"}
    with walk.tells("bot.added"):
        walk.web.post(reverse("bot_add"), sent)
    bot = Bot.objects.get(name="Steady")
    with walk.tells("bot.changed"):
        walk.web.post(reverse("bot_edit", args=[bot.public_id]), sent | {"margin_limit": "400"})
    with walk.tells("bot.renamed"):
        walk.web.post(reverse("bot_edit", args=[bot.public_id]), sent | {"margin_limit": "400", "name": "Calm"})
    with walk.tells("bot.looked_back"):
        walk.post("bot_look_backs", bot.public_id, months="1")
    LookBack.objects.update(state="done", answer_json=looked_back(), ended_at=timezone.now())
    with walk.tells("bot.settings_mapped"):
        walk.post("look_back_map", LookBack.objects.get().public_id)
    with walk.tells("bot.signal_address"):
        walk.post("bot_signal_address", bot.public_id)
    with walk.tells("bot.signal_address_ended"):
        walk.post("bot_signal_end", bot.public_id)
    with walk.tells("bot.enabled"):
        walk.post("bot_enable", bot.public_id)
    with walk.tells("bot.test_signal"):
        walk.post("bot_signal_test", bot.public_id)
    walk.rig.control("DELETE", "price")
    with walk.tells("practice.story", outcome="dip_and_rise"):
        walk.post("bot_story", bot.public_id, story="dip_and_rise")
    walk.rig.control("DELETE", "price")
    return bot


def a_group_buys_more(walk: Walk, bot: Bot) -> None:
    has = {"USDT": {"free": "10000", "total": "10000"}}
    Funds.objects.filter(connection=bot.connection).update(balances_json=has, read_at=timezone.now())
    Instrument.objects.update(price="95", bid="95", ask="95", priced_at=timezone.now())
    with walk.tells("bot.open_asked", outcome="BTC/USDT"):
        last = Signal.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        walk.post("bot_open", bot.public_id, pair="BTC/USDT", confirmed=f"BTC/USDT/{last}")
    has |= {"BTC": {"free": "1", "total": "1"}}
    now, coins = timezone.now(), {"quantity": Decimal("0.1"), "price": Decimal(95)}
    Funds.objects.filter(connection=bot.connection).update(balances_json=has, read_at=now, reconciled_at=now)
    enabled, instrument = Bot.objects.get(pk=bot.pk), Instrument.objects.get(pair="BTC/USDT")
    plan = adopting.of_coins(enabled, instrument, "BTC/USDT", **coins, now=now)
    with walk.tells("group.adopted", outcome="BTC/USDT"):
        walk.post("bot_adopt", bot.public_id, pair="BTC/USDT", quantity="0.1", price="95", confirmed=plan.seen)
    Group.objects.open().filter(bot=bot).update(mode="released")
    group = make_group(bot=bot)
    with walk.tells("group.add_asked", outcome="BTC/USDT"):
        walk.post("group_add", group.public_id, cost="20", confirmed="20/0")
    group.delete()


def a_bot_is_stopped(walk: Walk, bot: Bot) -> None:
    with walk.tells("bot.paused", outcome="entries"):
        walk.post("bot_pause", bot.public_id, level="entries")
    with walk.tells("trader.paused", outcome="add_ons"):
        walk.post("trader_pause", level="add_ons")
    group = make_group(bot=bot)
    with walk.tells("group.recovery", outcome="on"):
        walk.post("group_recovery", group.public_id, on="1")
    with walk.tells("group.exits", outcome="BTC/USDT"):
        walk.post("group_exits", group.public_id, take_profit="1", confirmed="1/")
    with walk.tells("group.part_asked", outcome="BTC/USDT"):
        walk.post("group_sell", group.public_id, share="50", confirmed="50")
    with walk.tells("group.close_asked", outcome="BTC/USDT"):
        walk.post("group_close", group.public_id)


def a_bot_waits_and_ends(walk: Walk, connection: Connection, bot: Bot) -> None:
    with walk.worker_tells("bot.halted", outcome="pass.lapsed"), walk.worker_tells("connection.lapsed"):
        Connection.objects.filter(pk=connection.pk).update(passed_at=timezone.now() - timedelta(days=2))
        settle.lapse_passes(timezone.now())
    with walk.worker_tells("bot.went_on", outcome="pass.lapsed"):
        Connection.objects.filter(pk=connection.pk).update(passed_at=timezone.now(), status="online")
        bot_flows.go_on(connection.pk)
    with walk.tells("bot.winding_down"):
        walk.post("bot_disable", bot.public_id, how="keep")
    Group.objects.open().filter(bot=bot).update(mode="closed")
    with walk.worker_tells("bot.wound_down"):
        winding_down.end(timezone.now())
    with walk.tells("bot.disabled"):
        walk.post("bot_disable", bot.public_id)
    idle = make_bot(connection=connection, name="Idle")
    with walk.tells("bot.deleted"):
        walk.post("bot_delete", idle.public_id)
    released = make_group(bot=bot, pair="ETH/USDT")
    with walk.tells("group.released", outcome="ETH/USDT"):
        walk.post("group_release", released.public_id)
    with walk.tells("connection.deleted"):
        walk.post("connection_delete", connection.public_id)


def an_operator_looks(walk: Walk) -> None:
    operator = make_user(is_staff=True, is_superuser=True)
    trader, web = walk.web, sign_in(Client(), operator)
    walk.web = web
    somebody = make_user(email="somebody@example.test")
    page, typed = reverse("admin:accounts_user_change", args=[somebody.pk]), {"display_name": ""}
    for kinds, outcome, act in (
        (("operator.viewed",), "ok", lambda: web.get(page)),
        (("operator.searched",), "ok", lambda: web.get(reverse("admin:accounts_user_changelist"), {"q": "needle"})),
        (("user.is_staff",), "True", lambda: web.post(page, typed | {"is_staff": "on"})),
        (("user.is_active",), "False", lambda: walk.post("operators_person", somebody.public_id, how="keep")),
        (("user.is_active",), "True", lambda: walk.post("operators_person", somebody.public_id, how="on")),
        (("everybody.paused",), "orders", lambda: walk.post("admin:kill_switch", level="orders", word="orders")),
        (
            ("exchange.paused",),
            "entries",
            lambda: walk.post("admin:stop_exchange", "kucoin", "live", level="entries", word="entries"),
        ),
        (
            ("person.paused",),
            "add_ons",
            lambda: walk.post("admin:stop_person", somebody.public_id, level="add_ons", word="add_ons"),
        ),
    ):
        with walk.tells(*kinds, by=lambda: operator, outcome=outcome):
            act()
    walk.web = trader


def the_account_is_taken_back_and_closed(walk: Walk) -> None:
    make_connection(owner=walk.ada)
    undo = link_in_mail(ADA, "sign-in address was changed")
    walk.post("account_reset_password", email=SECOND)
    form = walk.web.get(link_in_mail(SECOND, "Reset")).headers["Location"]
    with walk.tells("account.frozen", outcome="password_reset"), walk.tells("account.password_reset"):
        walk.web.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    with walk.tells("account.undone"):
        walk.web.post(undo)
    sign_in(walk.web, walk.ada)
    with walk.tells("account.closed"):
        walk.post("account_close", email=ADA)


def test_each_act_of_a_walk_through_the_product_is_in_the_trail(
    rig: Rig, published: list[object], settings: Settings
) -> None:
    settings.CHECKS_PER_MINUTE = 10**6
    settings.EXCHANGE_URLS = {"kucoin": f"{rig.base}/kucoin"}
    walk = Walk(rig)

    an_account_begins(walk)
    ways_in_change(walk)
    sessions_end(walk)
    User.objects.update(frozen_until=None)
    messages_find_a_way(walk)
    connection = a_key_comes_and_goes(walk)
    keys_are_watched(walk, connection)
    bot = a_bot_begins(walk, connection)
    a_group_buys_more(walk, bot)
    a_bot_is_stopped(walk, bot)
    a_bot_waits_and_ends(walk, connection, bot)
    an_operator_looks(walk)
    the_account_is_taken_back_and_closed(walk)

    assert len(walk.kinds) >= LEAST
