"""The bot's real groups of the time that is looked back at, with all that candles do not tell of them."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from strategies import inputs
from strategies.choices import GroupMode
from strategies.execution.settlement import lines_of
from strategies.look_backs.notes import notes_of_bot, notes_of_groups
from strategies.lookback.past import PastGroup
from strategies.models import Bot, Group, Instrument, Order

# The newest of a time; the page says how many older ones are left out.
MOST_GROUPS = 100


def past_of(
    bot: Bot, instruments: Iterable[Instrument], start: datetime, until: datetime
) -> tuple[list[PastGroup], int]:
    """Return the real groups that the bot opened in this time, and how many are left out.

    Those that were released are not the bot's to the end, those that began with adopted coins not from the beginning,
    and one that bought nothing has nothing to be replayed.
    """
    known = {one.pair: one for one in instruments}
    opened = Group.objects.of_bot(bot).filter(first_fill_at__gte=start, first_fill_at__lt=until, pair__in=known)
    groups = list(opened.order_by("-first_fill_at", "-pk")[:MOST_GROUPS])
    found = list[PastGroup]()
    of_groups, of_bot = notes_of_groups(groups), list(notes_of_bot(bot, start, until))
    reasons = defaultdict[int, dict[int, str]](dict)
    for group_id, order, reason in Order.objects.filter(group__in=groups).values_list("group", "pk", "reason"):
        reasons[group_id][order] = reason
    for group in groups:
        if group.mode == GroupMode.RELEASED or group.adoption:
            continue
        group.bot = bot
        # A ladder that is not ours leaves its group out.
        with suppress(ArithmeticError, LookupError, TypeError, ValueError):
            made = PastGroup(
                name=str(group.public_id),
                pair=group.pair,
                settings=inputs.settings_of(bot, group.ladder, known[group.pair], group),
                lines=sorted(lines_of(group), key=lambda line: (line.at, line.order)),
                reasons=reasons[group.pk],
                carried=group.carried,
                closed_at=group.closed_at,
                notes=[*of_groups[group.pk], *of_bot],
            )
            found.append(made)
    return found, opened.count() - len(found)
