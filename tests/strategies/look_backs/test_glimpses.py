"""A glimpse: which candles it stands on, who may ask how often, and what its worker does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.guard import limits
from connections.models import Connection
from strategies.look_backs import glimpse_work, glimpses
from strategies.look_backs.glimpses import GlimpseError
from strategies.models import CandleMonth, Glimpse, Instrument
from strategies.models.look_backs import last_stretch
from strategies.pages.look_backs import result
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_funds, make_instrument, make_settings
from tests.strategies.look_backs.kept import make_month
from workers import wake


def day(month: int, date: int) -> datetime:
    return datetime(2026, month, date, tzinfo=UTC)


MAY = ("A", day(5, 1), day(5, 20))
APRIL, MARCH, FEBRUARY = (
    ("A", day(4, 1), day(5, 1)),
    ("A", day(3, 1), day(4, 1)),
    ("A", day(2, 1), day(3, 1)),
)


@pytest.mark.parametrize(
    ("kept", "pairs", "found"),
    [
        ([], ["A"], None),
        ([MAY], ["A"], (day(5, 1), day(5, 20))),
        ([MAY], ["A", "B"], None),
        ([MAY, APRIL], ["A"], (day(4, 1), day(5, 20))),
        # A gap ends it, and three months are the most.
        ([MAY, MARCH], ["A"], (day(5, 1), day(5, 20))),
        ([MAY, APRIL, MARCH, FEBRUARY], ["A"], (day(5, 20) - timedelta(days=91), day(5, 20))),
        # What all pairs share.
        ([MAY, ("B", day(5, 5), day(5, 25))], ["A", "B"], (day(5, 5), day(5, 20))),
        ([MAY, ("B", day(5, 20), day(5, 25))], ["A", "B"], None),
        ([MAY, ("B", day(2, 1), day(3, 1))], ["A", "B"], None),
    ],
)
def test_it_stands_on_the_newest_stretch_that_all_pairs_have(
    kept: list[tuple[str, datetime, datetime]], pairs: list[str], found: tuple[datetime, datetime] | None
) -> None:
    assert last_stretch(kept, pairs, most=timedelta(days=91)) == found


@pytest.fixture
def home(db: None) -> Connection:
    found = make_connection(owner=make_user())
    make_funds(connection=found, USDT="1000")
    make_instrument(connection=found)
    return found


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    sent = list[tuple[str, int]]()
    monkeypatch.setattr(wake, "publish", lambda task, pk: sent.append((task, pk)))
    monkeypatch.setattr(wake, "after_commit", lambda task, pk: sent.append((task, pk)))
    return sent


def asked(home: Connection, *, take_profit: str = "1.5", now: datetime | None = None) -> Glimpse:
    settings = make_settings(
        connection=home, name="", take_profit=Decimal(take_profit), entry_source="immediate", re_entry_minutes=0
    )
    return glimpses.ask(home.owner, settings, now=now or timezone.now())


@pytest.mark.usefixtures("woken")
def test_the_worker_answers_what_was_asked(home: Connection) -> None:
    make_month(home)
    row = asked(home)

    glimpse_work.work(row.pk)

    row.refresh_from_db()
    assert (row.problem, row.ended_at is not None) == ("", True)
    assert row.answer["net"] > 0
    assert row.answer["settings"]["settings"]["take_profit"] == "0.015"
    assert row.answer["settings"]["equity"] == "1000"
    assert [one.label for one in result.worst_of(row.answer, "USDT")] == [
        "Worst day",
        "Deepest fall",
        "Longest without a new high",
        "Most at work",
    ]


def test_the_same_question_is_asked_once_and_another_takes_its_place(
    home: Connection, woken: list[tuple[str, int]]
) -> None:
    make_month(home)
    first = asked(home)
    glimpse_work.work(first.pk)

    again = asked(home)
    assert again.answer["net"] > 0
    other = asked(home, take_profit="2")

    assert woken == [("strategies.glimpse", first.pk)] * 2
    assert (other.pk, other.answer, Glimpse.objects.count()) == (first.pk, {}, 1)


@pytest.mark.usefixtures("woken")
def test_an_answer_is_reckoned_anew_after_ten_minutes(home: Connection) -> None:
    """Its fees, spread and money are those of then."""
    make_month(home)
    glimpse_work.work(asked(home).pk)

    assert asked(home, now=timezone.now() + timedelta(minutes=11)).answer == {}


@pytest.mark.usefixtures("woken")
def test_an_answer_to_what_was_asked_before_is_dropped(home: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    make_month(home)
    row = asked(home)

    def reckon(_: Glimpse) -> tuple[str, dict[str, int]]:
        asked(home, take_profit="2")
        return "", {"net": 1}

    monkeypatch.setattr(glimpse_work, "_reckon", reckon)
    glimpse_work.work(row.pk)

    row.refresh_from_db()
    assert (row.answer, row.ended_at, row.settings_json["take_profit"]) == ({}, None, "2")


@pytest.mark.usefixtures("woken")
def test_two_workers_do_not_answer_the_same(home: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    make_month(home)
    row, done = asked(home), list[int]()

    def reckon(one: Glimpse) -> tuple[str, None]:
        done.append(one.pk)
        if len(done) < 3:
            glimpse_work.work(one.pk)
        return "glimpse.failed", None

    monkeypatch.setattr(glimpse_work, "_reckon", reckon)
    glimpse_work.work(row.pk)
    glimpse_work.work_due()

    assert done == [row.pk]


@pytest.mark.usefixtures("woken")
def test_settings_that_fail_harm_nobody_else(home: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    make_month(home)
    row = asked(home)

    def fail(_: Glimpse) -> tuple[str, None]:
        raise RuntimeError("The engine never comes to rest at one price.")

    monkeypatch.setattr(glimpse_work, "_reckon", fail)
    glimpse_work.work_due()

    row.refresh_from_db()
    assert row.problem == "glimpse.failed"


@pytest.mark.usefixtures("woken")
def test_it_ends_when_it_takes_too_long(home: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    make_month(home)
    monkeypatch.setattr(glimpse_work, "MOST_SECONDS", 0.0)
    row = asked(home)

    glimpse_work.work(row.pk)

    row.refresh_from_db()
    assert row.problem == "glimpse.too_long"


@pytest.mark.usefixtures("woken")
def test_too_many_gaps_are_no_answer(home: Connection) -> None:
    months = make_month(home)
    CandleMonth.objects.filter(pk=months.pk).update(until=months.until + timedelta(days=5))
    row = asked(home)

    glimpse_work.work(row.pk)

    row.refresh_from_db()
    assert row.problem == "glimpse.few_candles"


def test_a_lost_message_is_sent_again_and_not_for_ever(home: Connection, woken: list[tuple[str, int]]) -> None:
    make_month(home)
    row, now = asked(home), timezone.now()
    woken.clear()

    glimpse_work.wake_due(now)
    glimpse_work.wake_due(now + timedelta(minutes=1))

    assert woken == [("strategies.glimpse", row.pk)]


def test_nobody_asks_for_more_than_a_worker_can_bear(home: Connection, woken: list[tuple[str, int]]) -> None:
    make_month(home)
    for n in range(limits.GLIMPSE.burst):
        asked(home, take_profit=f"{2 + n}")
    woken.clear()

    with pytest.raises(GlimpseError, match="too_many"):
        asked(home, take_profit="99")
    assert woken == []


@pytest.mark.usefixtures("woken")
def test_what_cannot_be_is_said_at_once(home: Connection) -> None:
    def code_of() -> str:
        with pytest.raises(GlimpseError) as caught:
            asked(home)
        return caught.value.code

    assert code_of() == "glimpse.no_candles"
    make_month(home)
    Instrument.objects.update(ruled_at=None)
    assert code_of() == "glimpse.no_rules"
    many = make_settings(connection=home, pairs=tuple(f"A{n}/USDT" for n in range(7)))
    with pytest.raises(GlimpseError, match="many_pairs"):
        glimpses.ask(home.owner, many, now=timezone.now())
    assert not Glimpse.objects.exists()


@pytest.mark.usefixtures("woken")
def test_more_pairs_are_looked_back_at_for_less_time_and_less_than_a_week_for_none(home: Connection) -> None:
    def days(count: int) -> int:
        pairs = tuple(f"P{n}/USDT" for n in range(count))
        row = glimpses.ask(home.owner, make_settings(connection=home, pairs=pairs), now=timezone.now())
        return round((row.until - row.since) / timedelta(days=1))

    for n in range(6):
        make_instrument(connection=home, pair=f"P{n}/USDT")
        month = make_month(home, pair=f"P{n}/USDT")
        CandleMonth.objects.filter(pk=month.pk).update(since=month.until - timedelta(days=200))
    assert [days(count) for count in range(1, 7)] == [91, 91, 61, 30, 30, 30]

    CandleMonth.objects.update(since=month.until - timedelta(days=6))
    with pytest.raises(GlimpseError, match="no_candles"):
        days(1)
