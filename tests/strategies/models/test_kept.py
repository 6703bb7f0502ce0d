"""What is kept of groups that are over adds up to them, whatever befell them and in whatever order."""

import importlib
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from strategies.choices import GroupMode
from strategies.models import Bot, Group, KeptResult
from strategies.models.kept import EVER
from tests.strategies.factories import make_bot, make_fill, make_group, make_order

D = Decimal
ZERO = D(0)


def kept(bot: Bot) -> dict[date, tuple[Decimal, Decimal, int, int]]:
    rows = KeptResult.objects.filter(bot=bot).exclude(result=ZERO, fees=ZERO, closed=0)
    return {row.day: (row.result, row.fees, row.closed, row.won) for row in rows}


@pytest.mark.django_db
class TestOneGroup:
    def test_a_group_that_closes_counts_on_its_day_and_for_ever(self) -> None:
        bot = make_bot()
        at = datetime(2026, 3, 5, 12, tzinfo=UTC)
        make_group(bot=bot, mode=GroupMode.CLOSED, result=D("1.5"), fees=D("0.2"), closed_at=at)
        make_group(bot=bot, mode=GroupMode.CLOSED, result=D(-4), fees=D("0.3"), closed_at=at)
        make_group(bot=bot)

        assert kept(bot) == {EVER: (D("-2.5"), D("0.5"), 2, 1), date(2026, 3, 5): (D("-2.5"), D("0.5"), 2, 1)}

    @pytest.mark.parametrize(
        ("zone", "day"),
        [("", 31), ("Europe/Oslo", 31), ("Asia/Tokyo", 1), ("Asia/Kolkata", 1), ("America/New_York", 31)],
    )
    def test_a_day_begins_where_its_trader_lives(self, zone: str, day: int) -> None:
        """At 19:00 of the last day in UTC it is 21:00 in Oslo (summer), 00:30 in Kolkata, 04:00 in Tokyo."""
        bot = make_bot()
        bot.connection.owner.time_zone = zone
        bot.connection.owner.save()

        make_group(bot=bot, mode=GroupMode.CLOSED, closed_at=datetime(2026, 8, 31, 19, tzinfo=UTC))

        assert {found.day for found in kept(bot) if found != EVER} == {day}

    def test_a_zone_that_is_not_known_here_stops_no_settlement(self) -> None:
        bot = make_bot()
        bot.connection.owner.time_zone = "Europe/Atlantis"
        bot.connection.owner.save()

        make_group(bot=bot, mode=GroupMode.CLOSED, closed_at=datetime(2026, 8, 31, 23, tzinfo=UTC))

        assert date(2026, 8, 31) in kept(bot)

    def test_a_fee_that_is_told_later_turns_the_gain_into_the_loss_that_it_was(self) -> None:
        bot = make_bot()
        at = datetime(2026, 3, 5, 12, tzinfo=UTC)
        group = make_group(bot=bot, mode=GroupMode.CLOSED, result=D("0.1"), fees=D("0.2"), closed_at=at)

        Group.objects.filter(pk=group.pk).update(result=D("-0.3"), fees=D("0.6"))
        for _ in range(2):
            KeptResult.objects.count_in(group.pk)

        assert kept(bot)[at.date()] == (D("-0.3"), D("0.6"), 1, 0)

    def test_a_group_that_was_let_go_has_paid_fees_and_brought_nothing(self) -> None:
        bot = make_bot()
        make_group(bot=bot, mode=GroupMode.RELEASED, fees=D("0.2"), closed_at=datetime(2026, 3, 5, tzinfo=UTC))

        assert kept(bot)[EVER] == (ZERO, D("0.2"), 0, 0)

    def test_a_group_that_opens_again_is_counted_out(self) -> None:
        bot = make_bot()
        group = make_group(bot=bot, mode=GroupMode.CLOSED)

        Group.objects.filter(pk=group.pk).update(mode=GroupMode.NORMAL, closed_at=None, result=None)
        KeptResult.objects.count_in(group.pk)

        assert kept(bot) == {}


@pytest.mark.django_db
def test_groups_from_before_are_summed_up_as_if_they_had_been_counted_one_by_one() -> None:
    bot, other = make_bot(), make_bot()
    won = make_group(bot=bot, mode=GroupMode.CLOSED, pair="BTC/USDT", fees=D("1.3"), result=D(2))
    entry = make_order(group=won)
    make_fill(order=entry, fee=D("0.1"))
    make_fill(order=entry, fee=D("0.002"), fee_asset="BTC", price=D(100), more_fees_json=[["BNB", "1"]], fee_value=D(1))
    make_group(bot=bot, mode=GroupMode.CLOSED, pair="BTC/USDT", fees=ZERO, result=D(-3))
    make_group(bot=bot, mode=GroupMode.RELEASED, pair="ETH/BTC", fees=ZERO, closed_at=timezone.now())
    make_group(bot=other, mode=GroupMode.CLOSED, pair="BTC/USDT", quantity=ZERO, result=ZERO, fees=ZERO)
    make_fill(order=make_order(group=make_group(bot=other, fees=D("0.4"))), fee=D("0.4"))
    told = {model: list(model.objects.values(*names)) for model, names in FILLED.items()}
    KeptResult.objects.all().delete()
    Group.objects.update(fees=ZERO, counted_on=None, counted_result=None, counted_fees=ZERO)

    importlib.import_module("strategies.migrations.0029_fill_kept_results").fill_in(apps, None)

    assert {model: list(model.objects.values(*names)) for model, names in FILLED.items()} == told


FILLED: dict[Any, tuple[str, ...]] = {
    Group: ("pk", "fees", "counted_on", "counted_result", "counted_fees"),
    KeptResult: ("bot", "connection", "pair", "day", "result", "fees", "closed", "won"),
}
money = st.decimals(min_value=-1000, max_value=1000, places=8)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 5), timezones=st.just(UTC))  # noqa: DTZ001 # with one
EVENT = st.tuples(st.integers(0, 3), st.sampled_from(["close", "reopen", "release", "correct"]), money, money, MOMENTS)


class TestAnyOrder(TestCase):
    """The rows are a sum over groups; whoever forgets to count one in, or counts it twice, is found here."""

    @settings(max_examples=40, deadline=None)
    @given(st.lists(EVENT, max_size=12), st.sampled_from(["", "Asia/Kolkata", "America/New_York"]))
    def test_the_sums_equal_what_all_groups_come_to(self, events: list[Any], zone: str) -> None:
        bot = make_bot()
        bot.connection.owner.time_zone = zone
        bot.connection.owner.save()
        pairs = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT")
        groups = [make_group(bot=bot, pair=pair) for pair in pairs]
        for place, what, result, fees, at in events:
            changes: dict[str, Any] = {
                "close": {"mode": "closed", "closed_at": at, "result": result, "fees": abs(fees)},
                "release": {"mode": "released", "closed_at": at, "result": None},
                "reopen": {"mode": "normal", "closed_at": None, "result": None},
                "correct": {"fees": abs(fees)},
            }[what]
            Group.objects.filter(pk=groups[place].pk).update(**changes)
            KeptResult.objects.count_in(groups[place].pk)

        expected: dict[date, list[Any]] = defaultdict(lambda: [ZERO, ZERO, 0, 0])
        for group in Group.objects.exclude(mode="normal"):
            assert group.closed_at is not None
            for day in (EVER, group.closed_at.astimezone(bot.connection.owner.zone).date()):
                row = expected[day]
                row[0] += group.result or ZERO
                row[1] += group.fees
                row[2] += group.mode == "closed"
                row[3] += (group.result or ZERO) > 0
        found: dict[date, list[Any]] = defaultdict(lambda: [ZERO, ZERO, 0, 0])
        for kept_row in KeptResult.objects.all():
            amounts = (kept_row.result, kept_row.fees, kept_row.closed, kept_row.won)
            found[kept_row.day] = [a + b for a, b in zip(found[kept_row.day], amounts, strict=True)]
        assert {day: row for day, row in found.items() if any(row)} == {
            day: row for day, row in expected.items() if any(row)
        }
