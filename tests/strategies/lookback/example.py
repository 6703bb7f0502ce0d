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
