"""A bot's own rules ask to enter: where averages cross and the higher frame agrees, or again after a pause."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from exchanges.values import FRAMES
from strategies.models import Bot, Group, Instrument
from strategies.models.market import CandleSeries
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
# Twenty-nine closes that fall, and one that jumps: the fast average crosses the slow one on the last.
CROSSING = [D(61_000) - 20 * n for n in range(60)] + [D(62_500)]
FALLING = CROSSING[:-1]
RISING = [D(50_000) + 100 * n for n in range(80)]


def set_entry(trading: Trader, **values: object) -> None:
    Bot.objects.filter(pk=trading.bot.pk).update(**values)
    trading.bot.refresh_from_db()


def keep_candles(frame: str, closes: Sequence[D], *, now: datetime) -> None:
    """Let these be the last closed candles of BTC/USDT, so fresh that no worker asks for them again."""
    length = FRAMES[frame]
    end = datetime.fromtimestamp(now.timestamp() // length.total_seconds() * length.total_seconds(), tz=now.tzinfo)
    starts = [end - length * (len(closes) - n) for n in range(len(closes))]
    rows = [[int(at.timestamp() * 1000), *[str(close)] * 4] for at, close in zip(starts, closes, strict=True)]
    CandleSeries.objects.update_or_create(
        instrument=Instrument.objects.get(exchange="kucoin", pair="BTC/USDT"),
        frame=frame,
        defaults={"rows_json": rows, "read_at": now, "wanted_until": now + timedelta(minutes=3)},
    )


def test_a_cross_that_the_higher_frame_agrees_with_opens_one_group(trading: Trader) -> None:
    set_entry(trading, entry_source="trend", trend_frame="15m", re_entry_minutes=0)
    keep_candles("15m", CROSSING, now=timezone.now())
    keep_candles("4h", RISING, now=timezone.now())

    trading.watch()

    assert trading.orders() == [("entry", "filled")]
    assert "entry.trend" in trading.reasons()
    assert "entry.signal" not in trading.reasons()


@pytest.mark.parametrize(("own", "higher"), [(FALLING, RISING), (CROSSING, RISING[::-1]), (CROSSING[:20], RISING)])
def test_without_a_cross_or_against_the_higher_frame_it_waits(
    trading: Trader, own: Sequence[D], higher: Sequence[D]
) -> None:
    set_entry(trading, entry_source="trend", trend_frame="15m")
    keep_candles("15m", own, now=timezone.now())
    keep_candles("4h", higher, now=timezone.now())

    trading.watch()

    assert trading.orders() == []


def test_a_cross_counts_once(trading: Trader) -> None:
    set_entry(trading, entry_source="trend", trend_frame="15m", re_entry_minutes=0)
    keep_candles("15m", CROSSING, now=timezone.now())
    keep_candles("4h", RISING, now=timezone.now())
    trading.watch()
    trading.at("61500")
    assert trading.group.mode == "closed"

    trading.watch()

    assert [purpose for purpose, _ in trading.orders()] == ["entry", "exit"]


def test_immediate_re_entry_waits_for_its_pause_and_opens_again(trading: Trader) -> None:
    set_entry(trading, entry_source="immediate", re_entry_minutes=15)
    trading.watch()
    trading.at("61500")
    assert [purpose for purpose, _ in trading.orders()] == ["entry", "exit"]

    trading.watch()
    waited = trading.bot.__class__.objects.get(pk=trading.bot.pk).entry_reasons_json
    Group.objects.update(closed_at=timezone.now() - timedelta(minutes=16))
    trading.watch()

    assert waited == {"BTC/USDT": "entry.cool_down"}
    assert [purpose for purpose, _ in trading.orders()] == ["entry", "exit", "entry"]
    assert trading.reasons().count("entry.cool_down") == 1
    assert trading.reasons().count("entry.immediate") == 2
    assert "entry.signal" not in trading.reasons()


def test_a_bot_for_new_ideas_opens_only_beside_a_recovery_on_another_connection(trading: Trader) -> None:
    owner = trading.bot.connection.owner
    set_entry(trading, entry_rule="beside_recovery")
    alone = trading.signal("long")
    elsewhere = make_bot(connection=make_connection(owner=owner))
    make_group(bot=elsewhere, mode="recovery")

    beside = trading.signal("long")

    assert alone is not None
    assert beside is not None
    assert (alone.outcome, beside.outcome) == ("entry.not_beside_recovery", "order.intended")


def test_somebody_elses_recovery_is_no_reason_to_open(trading: Trader) -> None:
    set_entry(trading, entry_rule="beside_recovery")
    make_group(bot=make_bot(owner=make_user()), mode="recovery")

    signal = trading.signal("long")

    assert signal is not None
    assert signal.outcome == "entry.not_beside_recovery"
