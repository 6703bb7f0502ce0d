"""The minutes of a bot's pairs that are kept already, for what must not wait until an exchange has told more."""

from datetime import datetime

from strategies.look_backs import wish
from strategies.lookback import months
from strategies.lookback.candles import Candles
from strategies.lookback.minutes import minute_of
from strategies.lookback.wishes import Terms
from strategies.models import Bot, CandleMonth, Instrument

# Of the minutes so many must be there: below it a result would be of another market.
LEAST_COVERAGE = 0.9
Pairs = dict[str, tuple[Candles, Terms]]


def pairs_of(bot: Bot, since: datetime, until: datetime) -> tuple[Pairs, list[Instrument]]:
    """Return candles and costs by pair, and what is known of the pairs; nothing of any where one has too few.

    Minutes before `since` that the bot's averages stand on are there, as far as they are kept.
    """
    home, begin = bot.connection, since - wish.warm_up_of(bot)
    known = Instrument.objects.at(home.exchange, home.venue).known(bot.pairs)
    earliest, first, end = map(minute_of, (begin, since, until))
    pairs = Pairs()
    for pair in bot.pairs:
        rows = CandleMonth.objects.of(home.exchange, home.venue, [pair]).within(begin, until)
        parts = [months.unpack(bytes(one.data), step=one.step) for one in rows]
        whole = months.between(months.joined(parts), earliest, end) if parts else None
        found = whole and months.beginning(whole, first)
        if found is None or pair not in known or len(found) < LEAST_COVERAGE * (end - first):
            return {}, []
        pairs[pair] = found, wish.terms_of(known[pair], found.step)
    return pairs, [known[pair] for pair in bot.pairs]
