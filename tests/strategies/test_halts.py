"""What halts a bot, what it remembers of it, and what lets it go on by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from connections import flows as connection_flows
from connections.check import settle
from connections.check.facts import Answer, Facts, Policy
from connections.check.findings import finding
from connections.check.verdict import Judgement, Verdict
from connections.models import Connection, RunState, Trigger
from exchanges.spec import Ask, Market
from strategies import halts
from strategies.bots import flows
from strategies.choices import HaltedBy, StopLevel
from strategies.models import Bot, Feed, Funds, Group, JournalLine, StopSwitch
from strategies.stops import flows as stopping
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run, make_secret
from tests.strategies.factories import make_bot, make_group, make_settings

pytestmark = [pytest.mark.django_db, pytest.mark.services]
ACCOUNT = "165111215"
CODES = {Verdict.ONLINE: "ip.unknown", Verdict.ERROR: "right.withdraw", Verdict.TEMPORARY: "reach.unavailable"}


@pytest.fixture
def home() -> Connection:
    return make_connection(owner=make_user(), account_uid=ACCOUNT)


@pytest.fixture
def bot(home: Connection) -> Bot:
    return make_bot(connection=home, state="enabled")


def check(home: Connection, verdict: Verdict, *, revision: int = 0, uid: str = "", trigger: str = "schedule") -> None:
    """Let a check of the key in use, or of a replacement, end with a verdict."""
    home.refresh_from_db()
    run = make_run(connection=home, state=RunState.RUNNING, revision=revision or home.revision, trigger=trigger)
    told = {Ask.UID: Answer(value=uid)} if uid else {}
    today = timezone.now().date()
    facts = Facts(spec=home.spec, market=Market(home.market), policy=Policy(), today=today, answers=told)
    found = finding(CODES[verdict], "Cause.", "Do this.")
    settle.settle(run, facts, Judgement(verdict=verdict, findings=(found,)))
    home.refresh_from_db()


def trouble(home: Connection) -> None:
    """Let the exchange be down for so long that the connection is no longer Online."""
    for _ in range(3):
        check(home, Verdict.TEMPORARY)
    assert home.status == "error"


def told(bot: Bot) -> list[tuple[str, str]]:
    return list(JournalLine.objects.filter(bot=bot).order_by("pk").values_list("action", "reason"))


def trail(action: str) -> list[str]:
    return [event.outcome for event in AuditEvent.objects.filter(action=action).order_by("pk")]


def test_trouble_halts_a_bot_which_goes_on_when_it_is_over(home: Connection, bot: Bot) -> None:
    group, enabled_at = make_group(bot=bot), bot.enabled_at
    trouble(home)
    bot.refresh_from_db()
    assert (bot.state, bot.halt_reason, bot.halted_by) == ("halted", "reach.unavailable", "trouble")
    assert bot.reason is not None
    assert "goes on by itself" in bot.reason.step
    Funds.objects.all().delete()

    check(home, Verdict.ONLINE)

    bot.refresh_from_db()
    assert (bot.state, bot.halt_reason, bot.halted_by, bot.halted_at) == ("enabled", "", "", None)
    assert bot.enabled_at == enabled_at, "its trader enabled it then, and nobody since"
    assert bot.went_on_at is not None
    assert Group.objects.open().get() == group
    assert told(bot) == [("halted", "reach.unavailable"), ("went_on", "connection.online_again")]
    assert (trail("bot.halted"), trail("bot.went_on")) == (["reach.unavailable"], ["reach.unavailable"])
    assert Funds.objects.get().look_at is not None, "its books are compared before it does anything"
    assert Feed.objects.exists()


def test_while_the_connection_stays_online_trouble_halts_nothing(home: Connection, bot: Bot) -> None:
    check(home, Verdict.TEMPORARY)
    check(home, Verdict.TEMPORARY)
    check(home, Verdict.TEMPORARY, trigger=Trigger.USER)

    bot.refresh_from_db()
    assert (bot.is_enabled, told(bot)) == (True, [])


def test_a_lapsed_pass_is_trouble_too(home: Connection, bot: Bot) -> None:
    later = timezone.now() + timedelta(hours=24)
    settle.lapse_passes(later)
    bot.refresh_from_db()
    assert (bot.halt_reason, bot.halted_by) == ("pass.lapsed", "trouble")

    check(home, Verdict.ONLINE)

    bot.refresh_from_db()
    assert bot.is_enabled


def test_trouble_of_days_ends_like_that_of_minutes(home: Connection, bot: Bot) -> None:
    trouble(home)
    Connection.objects.update(passed_at=timezone.now() - timedelta(days=3))
    settle.lapse_passes(timezone.now())
    check(home, Verdict.TEMPORARY)

    check(home, Verdict.ONLINE)

    bot.refresh_from_db()
    assert bot.is_enabled


def switch_off(bot: Bot) -> None:
    flows.disable_bot(bot, by=PRODUCT)


def delete(bot: Bot) -> None:
    flows.delete_bot(bot, by=PRODUCT)


def move(bot: Bot) -> None:
    flows.change_bot(bot, settings=make_settings(connection=make_connection(owner=bot.connection.owner)), by=PRODUCT)


def miss_coins(bot: Bot) -> None:
    halts.halt_some(Bot.objects.filter(pk=bot.pk), reason="holdings.missing", by=HaltedBy.BOOKS, now=timezone.now())


def find_a_blocker(bot: Bot) -> None:
    check(Connection.objects.get(pk=bot.connection_id), Verdict.ERROR)


def nobody_wrote_down_why(bot: Bot) -> None:
    Bot.objects.filter(pk=bot.pk).update(halted_by="")


ACTS = (switch_off, delete, move, miss_coins, find_a_blocker, nobody_wrote_down_why)


@pytest.mark.parametrize("act", ACTS)
def test_what_is_more_than_trouble_keeps_it_from_going_on(
    home: Connection, bot: Bot, act: Callable[[Bot], None]
) -> None:
    trouble(home)
    bot.refresh_from_db()
    act(bot)

    check(home, Verdict.TEMPORARY)
    check(home, Verdict.ONLINE)

    bot.refresh_from_db()
    assert not bot.is_enabled
    assert trail("bot.went_on") == []


@pytest.mark.parametrize("act", ACTS[:-1])
def test_what_had_stopped_it_before_the_trouble_does_so_afterwards(
    home: Connection, bot: Bot, act: Callable[[Bot], None]
) -> None:
    if act in {delete, move}:
        flows.disable_bot(bot, by=PRODUCT)
    act(bot)

    trouble(home)
    check(home, Verdict.ONLINE)

    bot.refresh_from_db()
    assert not bot.is_enabled
    assert trail("bot.went_on") == []


def test_a_blocker_after_the_trouble_is_what_its_trader_reads(home: Connection, bot: Bot) -> None:
    trouble(home)

    check(home, Verdict.ERROR)

    bot.refresh_from_db()
    assert (bot.halt_reason, bot.halted_by) == ("right.withdraw", "check")
    assert told(bot) == [("halted", "reach.unavailable"), ("halted", "right.withdraw")]


def test_trouble_after_a_blocker_hides_nothing_of_it(home: Connection, bot: Bot) -> None:
    check(home, Verdict.ERROR)

    check(home, Verdict.TEMPORARY)

    bot.refresh_from_db()
    assert (bot.halt_reason, bot.halted_by) == ("right.withdraw", "check")
    assert not home.has_proof(timezone.now()), "a test that could not ask must not give the proof back"


@pytest.mark.parametrize("level", [StopLevel.ENTRIES, StopLevel.ADD_ONS])
def test_a_bot_that_goes_on_stays_paused(home: Connection, bot: Bot, level: StopLevel) -> None:
    stopping.pause_bot(bot, level, by=PRODUCT)
    trouble(home)

    check(home, Verdict.ONLINE)

    bot.refresh_from_db()
    assert (bot.is_enabled, bot.paused) == (True, level)


def test_the_kill_switch_holds_for_a_bot_that_goes_on(home: Connection, bot: Bot) -> None:
    stopping.pause_everybody(StopLevel.ORDERS, by=PRODUCT)
    trouble(home)

    check(home, Verdict.ONLINE)

    assert StopSwitch.objects.get().level == StopLevel.ORDERS


def test_nothing_goes_on_for_an_owner_who_is_switched_off(home: Connection, bot: Bot) -> None:
    trouble(home)
    home.owner.is_active = False
    home.owner.save()

    check(home, Verdict.ONLINE)

    bot.refresh_from_db()
    assert bot.is_waiting_out


def test_another_connections_pass_lets_nothing_go_on(home: Connection, bot: Bot) -> None:
    other = make_connection(owner=home.owner, status="error")
    trouble(home)

    check(other, Verdict.ONLINE)

    bot.refresh_from_db()
    assert bot.is_waiting_out


def test_with_a_new_key_of_the_same_account_it_goes_on(home: Connection, bot: Bot) -> None:
    trouble(home)
    make_secret(connection=home, api_key="n" * 24, revision=2)

    check(home, Verdict.ONLINE, revision=2, uid=ACCOUNT)

    bot.refresh_from_db()
    assert (home.status, bot.is_enabled) == ("online", True)


def test_with_a_new_key_whose_account_is_not_told_it_waits_for_its_trader(home: Connection, bot: Bot) -> None:
    trouble(home)
    make_secret(connection=home, api_key="n" * 24, revision=2)

    check(home, Verdict.ONLINE, revision=2)

    bot.refresh_from_db()
    assert (home.status, bot.state, bot.halt_reason) == ("online", "halted", "account.unproven")
    check(home, Verdict.ONLINE)
    bot.refresh_from_db()
    assert bot.is_halted


def test_deleting_the_connection_ends_the_waiting(home: Connection, bot: Bot) -> None:
    trouble(home)

    connection_flows.delete_connection(home, by=PRODUCT)

    bot.refresh_from_db()
    assert (bot.halt_reason, bot.halted_by) == ("connection.deleted", "trader")


def test_halting_stops_the_enabled_bots_of_that_connection_and_no_others(home: Connection, bot: Bot) -> None:
    off, elsewhere = make_bot(connection=home), make_bot(owner=home.owner, state="enabled")

    halts.halt(home.pk, reason="right.withdraw", is_temporary=False)

    states = dict(Bot.objects.values_list("pk", "state"))
    assert states == {bot.pk: "halted", off.pk: "off", elsewhere.pk: "enabled"}
    assert trail("bot.halted") == ["right.withdraw"]


def test_a_second_blocker_keeps_the_first_reason(home: Connection, bot: Bot) -> None:
    halts.halt(home.pk, reason="right.withdraw", is_temporary=False)

    halts.halt(home.pk, reason="key.invalid", is_temporary=False)

    assert Bot.objects.get().halt_reason == "right.withdraw"
    assert trail("bot.halted") == ["right.withdraw"]
