"""What stands beside a result: one setting moved by a notch, and Recovery Mode the other way."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from strategies.lookback.figures import figures
from strategies.lookback.variants import MOST_SETTINGS, Variant, beside, few, is_sound, variants
from strategies.lookback.walk import Extremes, run
from strategies.lookback.wishes import BotWish
from tests.strategies.lookback.test_walk import TERMS, make_wish
from tests.strategies.lookback.worlds import make_candles

FALLS = [(1000 - n, 1001 - n, 998 - n, 999 - n) for n in range(300)]
RISES = [(700 + n, 702 + n, 699 + n, 701 + n) for n in range(300)]
PAIRS = {"BTC/USDT": (make_candles((FALLS + RISES) * 4), replace(TERMS, paid=D("0.001"), slippage=D("0.0005")))}


def wish_of(**changes: Any) -> BotWish:
    return make_wish(settings={"re_entry_pause": timedelta(minutes=10), **changes.pop("settings", {})}, **changes)


def moved(wish: BotWish) -> dict[str, list[Variant]]:
    found = dict[str, list[Variant]]()
    for one in variants(wish, PAIRS):
        found.setdefault(one.name, []).append(one)
    return found


def test_each_setting_is_moved_a_notch_down_and_up() -> None:
    found = moved(wish_of())

    now = {name: [one.now for one in some] for name, some in found.items()}
    assert now["take_profit"] == [D("0.08"), D("0.12")]
    assert now["base_order"] == [D(80), D(120)]
    assert now["re_entry_minutes"] == [timedelta(minutes=8), timedelta(minutes=12)]
    assert now["add_ons"] == [make_wish().level.add_ons - 1, make_wish().level.add_ons + 1]
    assert [found["margin_limit"][k].wish.margin.amount for k in (0, 1)] == [D(800), D(1200)]
    assert found["take_profit"][0].wish == replace(
        wish_of(), settings=replace(wish_of().settings, take_profit=D("0.08"))
    )


def test_costs_nobody_sets_are_only_made_worse() -> None:
    found = moved(wish_of())

    ((fee, slippage),) = zip(found["fee"], found["slippage"], strict=True)
    assert (fee.now, fee.pairs["BTC/USDT"][1].paid) == (D("0.0012"), D("0.0012"))
    assert slippage.pairs["BTC/USDT"][1].slippage == D("0.001")
    assert fee.wish == slippage.wish == wish_of()


def test_what_a_bot_does_not_use_is_not_moved() -> None:
    assert not {"stop_loss", "trailing", "cool_down_minutes"} & moved(wish_of()).keys()
    assert {"stop_loss", "trailing"} <= moved(wish_of(settings={"stop_loss": D("0.3"), "trailing": D("0.01")})).keys()
    assert not {"add_ons", "first_step", "volume_scale"} & moved(wish_of(add_ons_off=True)).keys()
    assert "base_order" not in moved(wish_of(base=None))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"settings": {"trailing": D("0.09")}}, "take_profit"),
        ({"settings": {"trailing": D("0.09")}}, "trailing"),
        ({"base": D(900)}, "base_order"),
        ({"base": D(900)}, "margin_limit"),
        ({"level": replace(make_wish().level, floor=make_wish().level.step * D("1.1"))}, "first_step"),
        ({"level": replace(make_wish().level, step=D("0.9"), add_ons=1)}, "first_step"),
    ],
)
def test_what_could_not_be_set_is_left_out(changes: dict[str, Any], name: str) -> None:
    wish = wish_of(**changes)

    assert is_sound(wish)
    assert len(moved(wish)[name]) == 1


def test_there_are_only_so_many_and_costs_are_among_them() -> None:
    everything = {"stop_loss": D("0.3"), "trailing": D("0.01"), "cool_down": timedelta(minutes=5)}
    found = variants(wish_of(settings=everything), PAIRS)

    counts = Counter(one.name for one in found)
    assert (len(counts), len(found)) == (MOST_SETTINGS + 2, 2 * MOST_SETTINGS + 2)
    assert (counts.pop("fee"), counts.pop("slippage"), set(counts.values())) == (1, 1, {2})


@pytest.mark.parametrize("order", Extremes)
def test_each_is_the_run_of_its_own_settings(order: Extremes) -> None:
    wish = wish_of()
    told = beside(wish, PAIRS, order=order, watch=lambda: True)

    own = {(one.name, str(one.now.normalize())): one for one in variants(wish, PAIRS) if isinstance(one.now, D)}
    by_name = {(one["name"], one["now"]): one for one in told["moved"]}
    for key in (("take_profit", "0.08"), ("base_order", "1.2E+2")):
        one = own[key]
        alone = few(figures(one.wish, run(one.wish, one.pairs, order=order), one.pairs))
        shown = by_name[key[0], format(D(key[1]), "f")]
        assert {name: shown[name] for name in alone} == alone
    assert told["left_out"] == 0


def test_recovery_mode_is_the_other_way() -> None:
    wish = wish_of()
    told = beside(wish, PAIRS, order=Extremes.FALLS_FIRST, watch=lambda: True)["recovery"]

    on = replace(wish, settings=replace(wish.settings, recovery=replace(wish.settings.recovery, is_on=True)))
    alone = few(figures(on, run(on, PAIRS), PAIRS))
    assert told == {"is_on": True, **alone}
    assert told["recovery_hours"] > 0


def test_a_dearer_fee_is_paid() -> None:
    """The take profit is counted after fees, so that the result may even be better where the price goes on rising."""
    wish = wish_of()
    told = {one["name"]: one for one in beside(wish, PAIRS, order=Extremes.FALLS_FIRST, watch=lambda: True)["moved"]}

    assert told["fee"]["fees"] > figures(wish, run(wish, PAIRS), PAIRS).fees


@pytest.mark.parametrize("looks", [0, 1, 2, 5])
def test_what_time_is_over_for_is_counted(looks: int) -> None:
    wish, left = wish_of(), [looks]

    def watch() -> bool:
        left[0] -= 1
        return left[0] >= 0

    told = beside(wish, PAIRS, order=Extremes.FALLS_FIRST, watch=watch)

    done = len(told["moved"]) + (told["recovery"] is not None)
    assert done + told["left_out"] == 1 + len(variants(wish, PAIRS))
    assert done <= looks
