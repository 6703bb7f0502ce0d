"""What befell real groups and their bot that no candle tells: refusals, waits, halts, settings that were changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from accounts import audit
from accounts.models import AuditEvent
from strategies.choices import OrderState
from strategies.lookback.minutes import minute_within
from strategies.lookback.past import Note, PartedBy
from strategies.models import Bot, Group, JournalLine, Order

# What the exchange did not take, or nobody filled.
FAILED_STATES = (OrderState.REFUSED, OrderState.CANCELED, OrderState.DROPPED, OrderState.ABSENT)
# What is said of a whole bot, and whether it trades on from then.
GOES_ON = {"bot.enabled": True, "bot.went_on": True, "bot.halted": False, "bot.disabled": False}


def notes_of_groups(groups: Iterable[Group]) -> Mapping[int, list[Note]]:
    """Return by group what its orders and the journal say: refusals, what it waited for, exits that were moved."""
    found = defaultdict[int, list[Note]](list)

    def note(group: int, cause: PartedBy, since: datetime | None, until: datetime | None, reason: str) -> None:
        first, last = (None if at is None else minute_within(at) for at in (since, until))
        found[group].append(Note(cause=cause, since=first or 0, until=last, reason=reason))

    failed = Order.objects.filter(group__in=groups, filled=0, state__in=FAILED_STATES)
    told = failed.values_list("group", "created_at", "ended_at", "refusal", "reason")
    for group, began, ended, refusal, reason in told:
        note(group, PartedBy.REFUSED, began, ended or began, refusal or reason)
    lines = JournalLine.objects.filter(group__in=groups).order_by("at", "pk")
    waiting = dict[int, tuple[datetime, str]]()
    for group, at, action, reason in lines.values_list("group", "at", "action", "reason"):
        if group in waiting:
            since, why = waiting.pop(group)
            note(group, PartedBy.HELD_BACK, since, at, why)
        if action == "block":
            waiting[group] = at, reason
        elif action == "exits":
            # The replay has them as they are now.
            note(group, PartedBy.MOVED, None, at, reason)
    for group, (since, why) in waiting.items():
        note(group, PartedBy.HELD_BACK, since, None, why)
    return found


def notes_of_bot(bot: Bot, start: datetime, until: datetime) -> Iterator[Note]:
    """Yield when its settings were changed, and the times in which it did not trade."""
    told = AuditEvent.objects.filter(target=audit.label(bot), at__gte=start, at__lt=until).order_by("at", "pk")
    stood: tuple[datetime, str] | None = None
    for at, action in told.values_list("at", "action"):
        if action == "bot.changed":
            # The replay has them as they are now.
            yield Note(cause=PartedBy.MOVED, since=0, until=minute_within(at), reason=action)
        goes_on = GOES_ON.get(action)
        if goes_on is False and stood is None:
            stood = at, action
        elif goes_on and stood is not None:
            yield Note(cause=PartedBy.HALTED, since=minute_within(stood[0]), until=minute_within(at), reason=stood[1])
            stood = None
    if stood is not None:
        yield Note(cause=PartedBy.HALTED, since=minute_within(stood[0]), reason=stood[1])
