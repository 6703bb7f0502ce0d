from decimal import Decimal
from typing import Any

import pytest

from connections.models import Connection
from strategies.bots import rules
from strategies.errors import SettingsError
from tests.strategies.factories import make_settings

SPOT, FUTURES = Connection(market="spot"), Connection(market="futures")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("margin_limit", Decimal(0)),
        ("base_order", Decimal(0)),
        ("base_order", Decimal(501)),
        ("take_profit", Decimal("0.1")),
        ("trailing", Decimal(51)),
        ("stop_loss", Decimal("0.4")),
        ("cool_down_minutes", 1441),
        ("stop_timeout_seconds", 601),
        ("re_entry_minutes", -1),
        ("add_ons", -1),
        ("add_ons", 31),
        ("add_ons", 10**9),
        ("first_add_on", Decimal(0)),
        ("first_add_on", Decimal(501)),
        ("first_add_on", Decimal(20)),
        ("add_on_ratio", Decimal(0)),
        ("first_step", Decimal(0)),
        ("first_step", Decimal(-2)),
        ("step_scale", Decimal(0)),
        ("step_scale", Decimal(11)),
        ("volume_scale", Decimal(0)),
        ("floor", Decimal(100)),
        ("least_improvement", Decimal(-1)),
        ("accepted_loss", Decimal(0)),
        ("accepted_loss", Decimal(101)),
        ("max_groups", 0),
        ("max_groups", 21),
        ("pairs", ()),
        ("direction", "both"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(field: str, value: Any) -> None:
    with pytest.raises(SettingsError) as refused:
        rules.check(make_settings(connection=SPOT, **{field: value}))

    assert refused.value.field == field


@pytest.mark.parametrize(("trailing", "is_wrong"), [("1.4", False), ("1.5", True), ("2", True)])
def test_trailing_is_less_than_the_take_profit(trailing: str, *, is_wrong: bool) -> None:
    found = dict(rules.problems({"take_profit": Decimal("1.5"), "trailing": Decimal(trailing)}))

    assert ("trailing" in found) is is_wrong


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = dict(rules.problems({"take_profit": Decimal(0), "pairs": ("BTC",), "stop_loss": Decimal(99)}))

    assert set(told) == {"take_profit", "stop_loss", "pairs"}


def test_what_is_not_there_is_not_judged() -> None:
    assert list(rules.problems({})) == []
    assert list(rules.problems({"base_order": Decimal(5)})) == []


def test_settings_that_can_be_used_pass() -> None:
    rules.check(make_settings(connection=FUTURES, direction="both", trailing=Decimal(1), base_order=Decimal(20)))


@pytest.mark.parametrize(
    ("own", "field", "why"),
    [
        # 10, 25, 47.5, 81.25, 131.9 percent below the entry.
        (
            {"first_step": Decimal(10), "step_scale": Decimal("1.5"), "add_ons": 5},
            "step_scale",
            "Add-on 5 would wait 100 percent or more below the entry",
        ),
        ({"first_step": Decimal(25), "step_scale": Decimal(1), "add_ons": 4}, "step_scale", "Add-on 4 would wait"),
        # The level's own steps: 2.5 % and 1.3.
        ({"add_ons": 30}, "add_ons", "Add-on 10 would wait"),
        ({"first_step": Decimal(40)}, "first_step", "Add-on 3 would wait"),
        ({"floor": Decimal(2)}, "floor", "before the first add-on"),
        (
            {"base_order": Decimal(10), "first_add_on": Decimal(20), "add_on_ratio": Decimal(2)},
            "add_on_ratio",
            "not as both",
        ),
        ({"first_add_on": Decimal(20)}, "first_add_on", "needs a first order in money"),
    ],
)
def test_a_ladder_that_cannot_be_is_refused_with_the_reason(own: dict[str, Any], field: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as refused:
        rules.check(make_settings(connection=SPOT, **own))

    assert refused.value.field == field


@pytest.mark.parametrize(
    "own",
    [
        {"first_step": Decimal(10), "step_scale": Decimal("1.5"), "add_ons": 4},
        {"first_step": Decimal("24.9"), "step_scale": Decimal(1), "add_ons": 4},
        {"add_ons": 9},
        {"add_ons": 30, "first_step": Decimal(1), "step_scale": Decimal(1)},
        {"floor": Decimal("2.5")},
        {"floor": Decimal(2), "add_ons": 0},
        {"base_order": Decimal(10), "first_add_on": Decimal(20)},
        {"add_on_ratio": Decimal(2), "max_groups": 20, "accepted_loss": Decimal(100), "least_improvement": Decimal(0)},
    ],
)
def test_a_ladder_that_can_be_passes(own: dict[str, Any]) -> None:
    rules.check(make_settings(connection=SPOT, **own))
