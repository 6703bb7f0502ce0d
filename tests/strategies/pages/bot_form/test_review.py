from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from connections.models import Connection
from strategies.models import BotSettings
from strategies.pages.bot_form.review import SETTINGS, Reach, review_of
from strategies.words.numbers import GAP
from tests.strategies.factories import make_settings

HOME = Connection(name="Main")


def settings(**changes: Any) -> BotSettings:
    return make_settings(connection=HOME, **({"name": "Night owl", "pairs": ("BTC/USDT", "ETH/USDT")} | changes))


def test_every_setting_has_its_place() -> None:
    assert set(SETTINGS) == {field.name for field in fields(BotSettings)}


@pytest.mark.parametrize(
    ("field", "value", "label", "old", "new"),
    [
        ("take_profit", Decimal("2.50"), "Take profit", "1.5 %", "2.5 %"),
        ("trailing", Decimal(1), "Trailing", "none", "1 %"),
        ("stop_loss", Decimal(8), "Stop loss", "none", "8 %"),
        ("cool_down_minutes", 1, "Cool-down", "0 minutes", "1 minute"),
        ("stop_timeout_seconds", 60, "Stop loss time-out", "0 seconds", "60 seconds"),
        ("recovery_mode", False, "Recovery Mode", "on", "off"),
        ("add_on_behaviour", "off", "Add-ons", "Reserve the full ladder", "No add-ons"),
        ("order_kind", "limit", "Orders", "Market", "Limit"),
        ("margin_limit", Decimal(900), "Margin limit", "500 USDT", "900 USDT"),
        ("floor", Decimal(20), "Floor", "none", "20 %"),
        ("least_improvement", Decimal(1), "Least improvement", "as the risk level has it", "1 %"),
        ("accepted_loss", Decimal(10), "Accepted loss", "as the risk level has it", "10 %"),
    ],
)
def test_what_is_no_part_of_the_ladder_changes_open_groups_at_once(
    field: str, value: Any, label: str, old: str, new: str
) -> None:
    review = review_of(settings(), settings(**{field: value}), open_pairs=["BTC/USDT"])

    assert [(one.label, one.old, one.new) for one in review.at_once] == [(label, old, new)]
    assert review.only_new == ()


@pytest.mark.parametrize(
    ("field", "value", "label", "old", "new"),
    [
        ("base_order", Decimal(20), "First order", "as large as allowed", "20 USDT"),
        ("pairs", ("BTC/USDT",), "Pairs", "BTC/USDT, ETH/USDT", "BTC/USDT"),
        ("entry_source", "trend", "Entry", "TradingView signals", "Trend rule"),
        ("re_entry_minutes", 30, "Pause before a new group", "15 minutes", "30 minutes"),
        ("add_ons", 8, "Number of add-ons", "as the risk level has it", "8"),
        ("first_add_on", Decimal(20), "First add-on", "as the risk level has it", "20 USDT"),
        ("volume_scale", Decimal("1.05"), "Volume scale", "as the risk level has it", "× 1.05"),
        ("max_groups", 3, "Groups at once", "as the risk level has it", "3"),
    ],
)
def test_the_ladder_and_the_entry_change_new_groups_only(
    field: str, value: Any, label: str, old: str, new: str
) -> None:
    review = review_of(settings(), settings(**{field: value}), open_pairs=[])

    assert [(one.label, one.old, one.new) for one in review.only_new] == [(label, old, new)]
    assert review.at_once == ()


def test_a_risk_level_brings_new_groups_its_ladder_and_open_ones_its_loss_and_hard_limit() -> None:
    review = review_of(settings(), settings(risk_level="high"), open_pairs=["BTC/USDT"])

    assert [(one.label, one.old, one.new) for one in review.at_once] == [
        ("Accepted loss", f"2{GAP}% of the equity", f"7{GAP}% of the equity"),
        ("Hard limit", f"70{GAP}% of the margin limit", f"90{GAP}% of the margin limit"),
    ]
    assert [(one.label, one.old, one.new) for one in review.only_new] == [
        ("Risk level", "Low", "High"),
        ("Soft limit", f"50{GAP}% of the margin limit", f"70{GAP}% of the margin limit"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"), [(5, 5, []), (None, 5, ["Accepted loss"]), (5, None, ["Accepted loss"])]
)
def test_a_loss_of_the_traders_own_is_told_once(old: int | None, new: int | None, told: list[str]) -> None:
    first, second = (None if value is None else Decimal(value) for value in (old, new))

    review = review_of(settings(accepted_loss=first), settings(risk_level="high", accepted_loss=second), open_pairs=[])

    assert [one.label for one in review.at_once] == [*told, "Hard limit"]


def test_a_removed_pair_with_an_open_group_is_named() -> None:
    review = review_of(settings(), settings(pairs=("SOL/USDT",)), open_pairs=["ETH/USDT"])

    assert review.lasting == ("ETH/USDT",)


def test_the_same_settings_change_nothing() -> None:
    review = review_of(settings(), settings(margin_limit=Decimal("500.00000000")), open_pairs=["BTC/USDT"])

    assert not review.is_needed


def test_no_setting_of_the_ladder_reaches_open_groups() -> None:
    own = {"add_ons", "first_add_on", "add_on_ratio", "first_step", "step_scale", "volume_scale"}
    ladder = {"risk_level", "base_order", "pairs", "direction", "connection", *own}

    assert {name for name in ladder if SETTINGS[name][1] is not Reach.ONLY_NEW} == set()
