"""Who steps a bot: one worker at a time, for a few seconds, under a number that grows with each claim.

A claim is taken by one conditional update. A worker writes for a bot only in a transaction that first
renews the claim, so that one who was stopped in between can do nothing with what it had decided.

A claim that ends without being given back is lost, most likely with its worker. Its bot is stepped alone then, so that
others do not share its fate; lost so often in a row, it is nobody's until strategies/runner/parking.py has halted it.
"""

import random
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from accounts.models import User, served
from connections.models import Connection
from database import commits
from database.prepared import Param, PreparedModels, PreparedUpdate, Update, moment, number, numbers, text
from strategies.choices import MOST_LOST, OPEN_MODES, BotState, HaltedBy, OrderState
from strategies.models import Bot, BotQuerySet, Group, Order

# One portion is stepped within a fraction of a second: a signal for one of its bots waits no longer than that.
PORTION = 100
MOST = 20_000
AWAKE = timedelta(seconds=1)
# A bot whose groups all wait is woken by prices and by what changes; it is looked at so often all the same.
SETTLED = timedelta(seconds=60), timedelta(seconds=180)
# One that waits for nothing but what becomes of its entries is woken by that.
UNDER_WAY = timedelta(seconds=15)
# A bot that only waits for signals is woken by them.
ASLEEP = timedelta(minutes=10)
SERVED = served()
# What was lost too often rests for so long: a close that a bot's trader asks for is tried as often again then.
PARKED = timedelta(minutes=10)
# A question that was lost so often rests for so long at first. It may have been by chance (a machine that ran out of
# memory again and again ends what others did too), and an exit may wait for its answer.
FIRST_REST = timedelta(seconds=30)


def due(exchange: str, venue: str, *, now: datetime) -> Iterator[list[int]]:
    """Return the bots of an exchange that are due, in portions, the longest waiting first.

    Of those that waited equally long, to the second, the bots of a connection come together: they stand on the same
    rows. Those whose last claim was lost come after all others, each alone.
    """
    here = free(now).filter(connection__exchange=exchange, connection__venue=venue, step_at__lte=now)
    rows = list(here.order_by("step_at").values_list("claimed_until", "step_at", "connection_id", "pk")[:MOST])
    found = sorted((at.replace(microsecond=0), home, pk) for lost, at, home, pk in rows if lost is None)
    ids = [pk for *_, pk in found]
    yield from (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))
    yield from ([pk] for lost, *_, pk in rows if lost is not None)


def claim_due(ids: Sequence[int], *, now: datetime) -> list[Bot]:
    """Take those of a portion that are due still: other workers may be at the same list."""
    claim = _take(free(now).filter(pk__in=ids, step_at__lte=now), now)
    return _claimed(ids, claim) if claim else []


def claim_some(ids: Collection[int], *, now: datetime) -> list[Bot]:
    """Take few bots, due or not; without those that somebody else has or of which an order is just leaving."""
    claim, until = secrets.token_hex(16), now + settings.TRADING_LEASE
    # No disk is waited for: what is written under a claim takes it along, and under a lost one nothing is written.
    with commits.asynchronous():
        taken = [_TAKEN.run(bot=pk, claim=claim, now=now, until=until) for pk in sorted(ids)]
    return _claimed(ids, claim) if any(taken) else []


def _claimed(ids: Collection[int], claim: str) -> list[Bot]:
    """Return those of the bots that are under a claim; those of one connection share its row and its owner's."""
    bots = _BOTS.run(ids=ids, claim=claim)
    homes = {home.pk: home for home in _HOMES.run(ids={bot.connection_id for bot in bots})}
    owners = {owner.pk: owner for owner in _OWNERS.run(ids={home.owner_id for home in homes.values()})}
    for home in homes.values():
        home.owner = owners[home.owner_id]
    for bot in bots:
        bot.connection = homes[bot.connection_id]
    return bots


_BOTS = PreparedModels(lambda: Bot.objects.filter(pk__in=numbers("ids"), claim=text("claim")).order_by("pk"))
_HOMES = PreparedModels(lambda: Connection.objects.filter(pk__in=numbers("ids")))
_OWNERS = PreparedModels(lambda: User.objects.filter(pk__in=numbers("ids")))


def free(now: datetime | Param) -> BotQuerySet:
    """Return bots that nobody has, whose owner is here, and that run, only sell, or have a group to be closed.

    One that is off has to answer as well that nothing is bought of what its trader asked to add.
    """
    by_hand = Q(close_asked_at__isnull=False) | Q(sell_to__isnull=False) | Q(to_add__isnull=False)
    asked = Group.objects.filter(by_hand, bot=OuterRef("pk"), mode__in=OPEN_MODES)
    leaving = Order.objects.filter(bot=OuterRef("pk"), state=OrderState.INTENDED)
    runs = Q(state=BotState.ENABLED) | Q(state=BotState.HALTED, halted_by=HaltedBy.TROUBLE) | Exists(asked)
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now, lost_claims__lt=MOST_LOST - 1)
    # Not by a join: the row itself must be looked at again when somebody else has just changed it.
    here = User.objects.filter(SERVED, connections=OuterRef("connection"))
    return Bot.objects.filter(runs, unclaimed, Exists(here), ~Exists(leaving), deleted_at=None)


# How many claims in a row were lost before the one that is taken now.
LOST = Case(When(claimed_until=None, then=Value(0)), default=F("lost_claims") + 1)


def _taking() -> Update:
    until = moment("until")
    taken = {"claim": text("claim"), "claimed_until": until, "step_at": until, "fence": F("fence") + 1}
    taken |= {"lost_claims": LOST}
    return free(moment("now")).filter(pk=number("bot")), taken


_TAKEN = PreparedUpdate(_taking)


def _take(bots: BotQuerySet, now: datetime) -> str:
    """Return the claim under which they are this worker's now, "" when it got none."""
    claim = secrets.token_hex(16)
    until = now + settings.TRADING_LEASE
    with commits.asynchronous():
        taken = bots.update(claim=claim, claimed_until=until, step_at=until, fence=F("fence") + 1, lost_claims=LOST)
    return claim if taken else ""


def worn(now: datetime) -> BotQuerySet:
    """Return the bots that nobody takes any more: so many claims in a row were lost."""
    return Bot.objects.filter(claimed_until__lt=now, lost_claims__gte=MOST_LOST - 1)


def rest_after(lost: int) -> timedelta:
    """Return for how long a question rests that was lost so often in a row, twice as long each time."""
    return min(FIRST_REST * (1 << min(lost - MOST_LOST, 10)), PARKED)


def set_aside(bot: Bot, now: datetime) -> bool:
    """Let a worn bot rest and then begin anew; False when somebody else has. What its worker decided counts no more."""
    rested = {"claim": "", "claimed_until": None, "lost_claims": 0, "step_at": now + PARKED, "fence": F("fence") + 1}
    return worn(now).filter(pk=bot.pk).update(**rested) == 1


def renew(bot: Bot) -> bool:
    """Hold the bot's row until the transaction ends, if it is still this worker's."""
    now = timezone.now()
    until = now + settings.TRADING_LEASE
    return _RENEWED.run(bot=bot.pk, claim=bot.claim, fence=bot.fence, now=now, until=until) == 1


def _renewing() -> Update:
    mine = Bot.objects.filter(pk=number("bot"), claim=text("claim"), fence=number("fence"))
    return mine.filter(claimed_until__gt=moment("now")), {"claimed_until": moment("until")}


_RENEWED = PreparedUpdate(_renewing)


def hold(bots: Iterable[Bot]) -> set[int]:
    """Hold the rows of those bots that are still this worker's until the transaction ends; return their ids."""
    now, held = timezone.now(), set[int]()
    for claim, ids in _by_claim(bots):
        mine = {"pk__in": ids, "claim": claim, "claimed_until__gt": now}
        if len(ids) > 1:
            # In one order, as every worker that holds several.
            list(Bot.objects.filter(**mine).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        count = _HELD.run(bots=ids, claim=claim, now=now, until=now + settings.TRADING_LEASE)
        held |= set(ids if count == len(ids) else Bot.objects.filter(**mine).values_list("pk", flat=True))
    return held


def let_go(
    awake: Iterable[Bot] = (),
    asleep: Iterable[Bot] = (),
    settled: Iterable[Bot] = (),
    buying: Iterable[Bot] = (),
    *,
    now: datetime,
) -> None:
    """Give bots back; the awake ones are looked at again in a second, the settled ones a few at each look.

    Those that are buying wait for what becomes of their entries.

    Those that were woken since they were claimed are due at once: what woke them may have come after they were read.
    """
    soonest, latest = SETTLED
    later = soonest + (latest - soonest) * random.random()  # noqa: S311 - to spread them
    for bots, pause in ((awake, AWAKE), (asleep, ASLEEP), (settled, later), (buying, UNDER_WAY)):
        bots = list(bots)
        ends = {bot.claim: bot.claimed_until for bot in bots}
        for claim, ids in _by_claim(bots):
            _LET_GO.run(bots=ids, claim=claim, end=ends[claim], step_at=now + pause)


def _holding() -> Update:
    mine = Bot.objects.filter(pk__in=numbers("bots"), claim=text("claim"), claimed_until__gt=moment("now"))
    return mine, {"claimed_until": moment("until")}


def _letting_go() -> Update:
    # Woken since it was claimed: a claim puts `step_at` at its own end.
    woken = When(step_at__lt=moment("end"), then=F("step_at"))
    step_at = Case(woken, default=moment("step_at"), output_field=DateTimeField())
    free_again = {"claim": "", "claimed_until": None, "step_at": step_at}
    return Bot.objects.filter(pk__in=numbers("bots"), claim=text("claim")), free_again


_HELD, _LET_GO = PreparedUpdate(_holding), PreparedUpdate(_letting_go)


def _by_claim(bots: Iterable[Bot]) -> Iterator[tuple[str, list[int]]]:
    """Yield the ids under each claim, as many at once as a statement takes."""
    by_claim: dict[str, list[int]] = {}
    for bot in bots:
        by_claim.setdefault(bot.claim, []).append(bot.pk)
    for claim, ids in by_claim.items():
        for start in range(0, len(ids), 500):
            yield claim, ids[start : start + 500]
