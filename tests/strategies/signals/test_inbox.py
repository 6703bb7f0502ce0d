"""Alerts that arrive: stored once, in two statements, and refused with a sentence."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from strategies.bots import flows
from strategies.models import Bot, RefusedAlert, Signal
from strategies.signals import inbox
from strategies.signals.alert import SignalError
from tests.accounts.factories import make_user
from tests.strategies.factories import make_bot
from workers import wake

pytestmark = pytest.mark.django_db
ALERT = {"pair": "BTC/USDT", "direction": "long"}


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Write down what would be sent to workers."""
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(wake, "publish", lambda task, row: sent.append((task, row)))
    return sent


def token_of(bot: Bot) -> str:
    """Give the bot a token that the test can say again."""
    token = f"token-of-bot-{bot.pk}"
    Bot.objects.filter(pk=bot.pk).update(signal_hash=inbox.hash_of(token))
    return token


def send(bot: Bot, *, now: datetime | None = None, **fields: Any) -> Signal | None:
    return inbox.receive(token_of(bot), json.dumps(ALERT | fields).encode(), now=now or timezone.now())


def refused(bot: Bot, **fields: Any) -> tuple[int, str]:
    with pytest.raises(SignalError) as caught:
        send(bot, **fields)
    return caught.value.status, str(caught.value)


def test_an_address_is_made_of_chance_and_kept_as_a_hash_only(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://bots.example.test/"
    bot = make_bot()

    token = inbox.make_address(bot, by=PRODUCT)
    address = inbox.address_of(token)

    bot.refresh_from_db()
    assert token in address
    assert re.fullmatch(r"https://bots\.example\.test/signals/[\w-]{43}/", address)
    assert (bot.signal_hash, bot.signal_hint) == (inbox.hash_of(token), token[-4:])
    event = AuditEvent.objects.get(action="bot.signal_address")
    assert token not in str(vars(event))


def test_a_new_address_ends_the_old_one() -> None:
    bot = make_bot()
    old, new = inbox.make_address(bot, by=PRODUCT), inbox.make_address(bot, by=PRODUCT)

    with pytest.raises(SignalError):
        inbox.find_bot(old, now=timezone.now())
    assert inbox.find_bot(new, now=timezone.now()).bot == bot.pk


def test_a_deleted_bot_gets_no_address() -> None:
    bot = make_bot()
    flows.delete_bot(bot, by=PRODUCT)

    with pytest.raises(flows.BotGoneError):
        inbox.make_address(bot, by=PRODUCT)
    assert Bot.objects.get().signal_hash is None


def test_an_alert_is_stored_and_a_worker_woken_after_the_commit(
    woken: list[tuple[str, int]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    bot = make_bot()

    with django_capture_on_commit_callbacks(execute=True):
        signal = send(bot, price="1.5", id="7")
        assert woken == []

    assert signal is not None
    assert woken == [("strategies.handle_signal", signal.pk)]
    stored = Signal.objects.get()
    assert (stored.bot, stored.key, stored.pair, stored.wish, stored.state) == (
        bot,
        "id:7",
        "BTC/USDT",
        "long",
        "waiting",
    )


def test_an_id_counts_once_per_bot_and_wakes_once(
    woken: list[tuple[str, int]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    bot, other = make_bot(), make_bot()

    with django_capture_on_commit_callbacks(execute=True):
        answers = [send(one, id="7", price=price) for one, price in [(bot, 1), (bot, 2), (other, 1)]]

    assert [answer is not None for answer in answers] == [True, False, True]
    assert len(woken) == 2


def test_without_an_id_the_same_body_counts_once_also_when_the_clock_turns_between() -> None:
    bot = make_bot()
    first = datetime(2026, 11, 25, 12, 0, 9, tzinfo=UTC)

    answers = [send(bot, now=first + timedelta(seconds=after)) for after in (0, 2, 25)]

    assert [answer is not None for answer in answers] == [True, False, True]


@pytest.mark.parametrize("seconds", [-299, 0, 59])
def test_an_alert_of_about_now_is_taken(seconds: int) -> None:
    now = timezone.now()

    assert send(make_bot(), now=now, time=(now + timedelta(seconds=seconds)).isoformat())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-301, "This alert is older than 300 seconds."), (61, "This alert's time lies in the future.")],
)
def test_an_alert_of_another_time_is_refused(seconds: int, text: str) -> None:
    now = timezone.now()

    assert refused(make_bot(), now=now, time=(now + timedelta(seconds=seconds)).isoformat()) == (422, text)
    assert not Signal.objects.exists()


def test_a_pair_that_the_bot_does_not_trade_is_refused() -> None:
    assert refused(make_bot(pairs_json=["ETH/USDT"])) == (
        422,
        "This bot does not trade “BTC/USDT”. It trades ETH/USDT.",
    )


def test_a_bot_with_its_own_rule_takes_close_only() -> None:
    bot = make_bot(entry_source="trend")

    assert refused(bot) == (422, "This bot enters by its own rule; only close is taken from alerts.")
    assert send(bot, direction="close")


def test_sixty_alerts_a_minute_are_enough() -> None:
    bot, other, now = make_bot(), make_bot(), timezone.now()
    for number in range(60):
        assert send(bot, now=now, id=number)

    assert refused(bot, now=now, id=60)[0] == 429
    assert send(other, now=now)
    assert send(bot, now=now + timedelta(seconds=61), id=60)


@pytest.mark.parametrize("case", ["unknown", "empty", "surrogate", "deleted", "inactive"])
def test_all_addresses_that_lead_nowhere_look_the_same(case: str) -> None:
    owner = make_user(is_active=case != "inactive")
    bot = make_bot(owner=owner)
    token = {"unknown": "x" * 43, "empty": "", "surrogate": "\udcff"}.get(case) or token_of(bot)
    if case == "deleted":
        flows.delete_bot(bot, by=PRODUCT)
    if case == "empty":
        token = ""

    with pytest.raises(SignalError) as caught:
        inbox.find_bot(token, now=timezone.now())

    assert (caught.value.status, str(caught.value)) == (404, "There is no such address.")


def test_an_alert_takes_one_select_and_one_insert() -> None:
    bot = make_bot()
    token = token_of(bot)
    for number in range(30):
        send(bot, id=f"before-{number}")

    body = json.dumps(ALERT | {"id": "now"}).encode()

    with CaptureQueriesContext(database) as ran:
        inbox.receive(token, body, now=timezone.now())

    statements = [one["sql"].split()[0] for one in ran.captured_queries]
    assert [word for word in statements if word not in {"SAVEPOINT", "RELEASE", "BEGIN"}] == ["SELECT", "INSERT"]


def test_one_account_has_so_many_alerts_a_minute_over_all_its_bots(settings: Settings) -> None:
    settings.SIGNALS_PER_USER = 3
    first, second, other = make_bot(), make_bot(), make_bot()
    Bot.objects.filter(pk=second.pk).update(connection=first.connection)
    for number, bot in enumerate((first, first, second)):
        send(bot, id=str(number))

    assert refused(second, id="one more") == (429, "More than 3 alerts in a minute for all bots: wait a minute.")
    assert send(other)
    assert send(second, id="later", now=timezone.now() + timedelta(seconds=61))


def kept() -> list[tuple[int, str, str]]:
    return list(RefusedAlert.objects.order_by("-pk").values_list("status", "answer", "body"))


def test_an_alert_that_is_refused_is_kept_with_its_answer() -> None:
    bot = make_bot(pairs_json=["ETH/USDT"])

    answer = refused(bot)

    assert kept() == [(*answer, '{"pair": "BTC/USDT", "direction": "long"}')]
    assert RefusedAlert.objects.get().bot == bot
    assert Signal.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        (b"\xff\x00 long \x1b[31m", "\ufffd long [31m"),
        (b"[" * 5_000, "[" * 1_000),
        ("\ud800 \u202e evil".encode(errors="surrogatepass"), "\ufffd\ufffd\ufffd  evil"),
        (b"curl https://bots.example.test/signals/token-of-bot-1/", "curl https://bots.example.test/signals/…/"),
    ],
)
def test_what_is_kept_of_it_is_short_and_printable_and_tells_no_address(body: bytes, shown: str) -> None:
    bot = make_bot()
    token = token_of(bot)

    with pytest.raises(SignalError):
        inbox.receive(token, body.replace(b"token-of-bot-1", token.encode()), now=timezone.now())

    assert kept() == [(400, "The body is no JSON.", shown)]


def test_too_many_alerts_are_told_too(settings: Settings) -> None:
    settings.SIGNALS_PER_USER = 0

    assert refused(make_bot())[0] == 429
    assert [status for status, _, _ in kept()] == [429]


def test_a_flood_of_refused_alerts_keeps_twenty_in_a_minute_and_the_newest_twenty() -> None:
    bot, now = make_bot(pairs_json=["ETH/USDT"]), timezone.now()

    for number in range(25):
        refused(bot, now=now, id=f"first {number}")
    assert RefusedAlert.objects.count() == 20

    for number in range(5):
        refused(bot, now=now + timedelta(minutes=2), id=f"then {number}")
    assert RefusedAlert.objects.count() == 20
    assert "then 4" in kept()[0][2]
    assert "first 19" in kept()[5][2]


def test_a_refused_alert_of_another_bot_takes_nobodys_place() -> None:
    mine, other = make_bot(), make_bot()
    refused(mine, direction="up")

    for number in range(20):
        refused(other, direction=f"up {number}")

    assert mine.refused_alerts.count() == 1


def test_of_an_address_that_nobody_has_nothing_is_kept() -> None:
    with pytest.raises(SignalError, match="There is no such address"):
        inbox.receive("nobodys", b"{}", now=timezone.now())

    assert kept() == []


def test_a_refusal_is_answered_though_it_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**told: Any) -> None:
        raise OperationalError("the disk is full")

    monkeypatch.setattr(RefusedAlert.objects, "create", fail)

    assert refused(make_bot(), direction="up")[0] == 422
