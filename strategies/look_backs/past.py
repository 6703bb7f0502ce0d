"""The bot's real groups of the time that is looked back at, with all that candles do not tell of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from accounts import audit
from accounts.models import AuditEvent
from strategies import inputs
from strategies.choices import GroupMode, OrderState
from strategies.execution.settlement import lines_of
from strategies.lookback.past import Cause, Note, PastGroup
from strategies.lookback.world import minute_within
from strategies.models import Bot, Group, Instrument, JournalLine, Order

# The newest of a time; the page says how many older ones are left out.
MOST_GROUPS = 100
# What the exchange did not take, or nobody filled.
FAILED_STATES = (OrderState.REFUSED, OrderState.CANCELED, OrderState.DROPPED, OrderState.ABSENT)
# What is said of a whole bot, and whether it trades on from then.
GOES_ON = {"bot.enabled": True, "bot.went_on": True, "bot.halted": False, "bot.disabled": False}


def past_of(
    bot: Bot, instruments: Iterable[Instrument], start: datetime, until: datetime
) -> tuple[list[PastGroup], int]:
    """Return the real groups that the bot opened in this time, and how many are left out.

    Those that were released are not the bot's to the end, and one that bought nothing has nothing to be replayed.
    """
    known = {one.pair: one for one in instruments}
    opened = Group.objects.of_bot(bot).filter(first_fill_at__gte=start, first_fill_at__lt=until, pair__in=known)
    groups = list(opened.order_by("-first_fill_at", "-pk")[: MOST_GROUPS + 1])
    found, left_out = list[PastGroup](), max(0, opened.count() - MOST_GROUPS)
    groups = groups[:MOST_GROUPS]
    of_groups, of_bot = _notes_of(groups), list(_notes_of_bot(bot, start, until))
    reasons = defaultdict[int, dict[int, str]](dict)
    for group_id, order, reason in Order.objects.filter(group__in=groups).values_list("group", "pk", "reason"):
        reasons[group_id][order] = reason
    for group in groups:
        group.bot = bot
        made = None
        # A ladder that is not ours.
        with suppress(ArithmeticError, LookupError, TypeError, ValueError):
            settings = inputs.settings_of(bot, group.ladder, known[group.pair], group)
            made = PastGroup(
                name=str(group.public_id),
                pair=group.pair,
                settings=settings,
                lines=sorted(lines_of(group), key=lambda line: (line.at, line.order)),
                reasons=reasons[group.pk],
                carried=group.carried,
                closed_at=group.closed_at,
                notes=[*of_groups[group.pk], *of_bot],
            )
        if made is None or group.mode == GroupMode.RELEASED:
            left_out += 1
        else:
            found.append(made)
    return found, left_out


def _notes_of(groups: Iterable[Group]) -> Mapping[int, list[Note]]:
    """Return by group what its orders and the journal say: refusals, what it waited for, exits that were moved."""
    found = defaultdict[int, list[Note]](list)
    failed = Order.objects.filter(group__in=groups, filled=0, state__in=FAILED_STATES)
    for group_id, at, ended, reason, refusal in failed.values_list(
        "group", "created_at", "ended_at", "reason", "refusal"
    ):
        found[group_id].append(
            Note(
                cause=Cause.REFUSED, since=minute_within(at), until=minute_within(ended or at), reason=refusal or reason
            )
        )
    lines = JournalLine.objects.filter(group__in=groups).order_by("at", "pk")
    blocked = dict[int, tuple[datetime, str]]()
    for group_id, at, action, reason in lines.values_list("group", "at", "action", "reason"):
        if before := blocked.pop(group_id, None):
            found[group_id].append(
                Note(cause=Cause.HELD_BACK, since=minute_within(before[0]), until=minute_within(at), reason=before[1])
            )
        if action == "block":
            blocked[group_id] = at, reason
        elif action == "exits":
            # The replay has them as they are now.
            found[group_id].append(Note(cause=Cause.MOVED, since=0, until=minute_within(at), reason=reason))
    for group_id, (at, reason) in blocked.items():
        found[group_id].append(Note(cause=Cause.HELD_BACK, since=minute_within(at), reason=reason))
    return found


def _notes_of_bot(bot: Bot, start: datetime, until: datetime) -> Iterator[Note]:
    """Yield when its settings were changed, and the times in which it did not trade."""
    told = AuditEvent.objects.filter(target=audit.label(bot), at__gte=start, at__lt=until).order_by("at", "pk")
    stood: tuple[datetime, str] | None = None
    for at, action in told.values_list("at", "action"):
        if action == "bot.changed":
            # The replay has them as they are now.
            yield Note(cause=Cause.MOVED, since=0, until=minute_within(at), reason=action)
        goes_on = GOES_ON.get(action)
        if goes_on is False and stood is None:
            stood = at, action
        elif goes_on and stood is not None:
            yield Note(cause=Cause.HALTED, since=minute_within(stood[0]), until=minute_within(at), reason=stood[1])
            stood = None
    if stood is not None:
        yield Note(cause=Cause.HALTED, since=minute_within(stood[0]), reason=stood[1])
