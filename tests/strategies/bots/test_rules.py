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
        ("re_entry_minutes", -1),
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
