"""What stands beside a result that is shown already: what the bot really did then, and what other settings come to."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from strategies.choices import LookBackState
from strategies.look_backs.flows import length_of
from strategies.look_backs.past import past_of
from strategies.lookback.candles import Candles
from strategies.lookback.past import compare
from strategies.lookback.variants import beside
from strategies.lookback.walk import Extremes
from strategies.lookback.wishes import BotWish, Terms
from strategies.models import Instrument, LookBack

# Processor time for other settings; what takes longer is left out.
MOST_SECONDS = 20.0


def write_aside(
    row: LookBack,
    told: Mapping[str, Any],
    wish: BotWish,
    pairs: Mapping[str, tuple[Candles, Terms]],
    instruments: Sequence[Instrument],
) -> None:
    """Reckon both and write them into the answer that is kept, one after the other."""
    mine = LookBack.objects.filter(pk=row.pk, state=LookBackState.DONE)
    groups, left_out = past_of(row.bot, instruments, row.until - length_of(row.months), row.until)
    found = compare(groups, wish, pairs)
    told = {**told, "past": {**found, "left_out": found["left_out"] + left_out}}
    mine.update(answer_json=told)
    until = time.thread_time() + MOST_SECONDS
    more = beside(wish, pairs, order=Extremes(told["order"]), watch=lambda: time.thread_time() < until)
    mine.update(answer_json={**told, "beside": more})
