"""An answer as a page gets it: two days of a price that falls and comes back, looked back at by one bot."""

import json
from datetime import timedelta
from functools import cache
from typing import Any

from strategies.lookback.answer import answer
from strategies.lookback.variants import beside
from strategies.lookback.walk import Extremes
from tests.strategies.lookback.test_walk import TERMS, make_wish
from tests.strategies.lookback.worlds import make_candles


@cache
def _text() -> str:
    falls = [(1000 - n, 1001 - n, 998 - n, 999 - n) for n in range(300)]
    rises = [(700 + n, 702 + n, 699 + n, 701 + n) for n in range(300)]
    wish = make_wish(settings={"re_entry_pause": timedelta(0)})
    pairs = {"BTC/USDT": (make_candles((falls + rises) * 5), TERMS)}
    told = answer(wish, pairs)
    told["beside"] = beside(wish, pairs, order=Extremes(told["order"]), watch=lambda: True)
    return json.dumps(told)


def looked_back() -> Any:
    """Return it as the database has it."""
    return json.loads(_text())


def mapped(**changes: Any) -> dict[str, Any]:
    """Return a map in which each place has its own results, and the first cannot be set."""
    told_too = {"drawdown": 40.5, "groups": 48}
    places: list[Any] = [[{"net": n - 30.0 + part, **told_too} for part in (0, 5, -2, 9)] for n in range(49)]
    places[0] = None
    values = [[str(number) for number in some] for some in ([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07], range(1, 8))]
    forward = [
        {"quarter": 1, "place": 48, "net": 23.0, "as_set": -1.0},
        {"quarter": 2, "place": 1, "net": -31.0, "as_set": -8.0},
    ]
    quarters = [[29_000_000 + 1440 * n, 29_001_440 + 1440 * n] for n in range(4)]
    told = {"settings": ["take_profit", "re_entry_minutes"], "values": values, "quarters": quarters}
    return {**told, "places": places, "forward": forward, **changes}
