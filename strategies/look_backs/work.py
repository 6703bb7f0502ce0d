"""What the worker for looks back does: candles first, then the run, told as it goes and ended when nobody waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.utils import timezone

from exchanges.errors import ExchangeError
from strategies.choices import LookBackState
from strategies.engine.position import ONE
from strategies.look_backs import glimpse_work
from strategies.look_backs.flows import TASK, length_of
from strategies.market.wanted import want
from strategies.models import LookBack
from workers import wake

log = structlog.get_logger(__name__)
# How long a worker may be silent; each page of candles and each part of a run says that it lives.
LEASE = timedelta(seconds=60)
MOST_TRIES = 10
# An exchange that is away, and rules that nobody has read yet, are asked for again after so long.
AGAIN = timedelta(seconds=20)
RULES_COME = timedelta(seconds=3)
# Of the share that is told, what fetching takes.
FETCHING = 80
AT_ONCE = 20


class EndedError(Exception):
    """Somebody canceled it, or asked for another one."""


@dataclass
class Progress:
    """Writes how far a look back is, and learns in the same statement whether it is still wanted."""

    row: LookBack

    def tell(self, state: str, share: float) -> bool:
        """Return True; raises EndedError where nobody waits for it any more."""
        told = {"state": state, "share": min(99, int(share)), "claim_until": timezone.now() + LEASE, "problem": ""}
        if not LookBack.objects.under_way().filter(pk=self.row.pk, tries=self.row.tries).update(**told):
            raise EndedError
        return True


def wake_due(now: datetime) -> None:
    """Send again what a lost message never told anybody, and what waited for an exchange."""
    for pk in LookBack.objects.due(now).order_by("look_at").values_list("pk", flat=True)[:AT_ONCE]:
        wake.publish(TASK, pk)


def work(look_back_id: int) -> None:
    """Look back, if it is due and nobody else does."""
    now = timezone.now()
    row = LookBack.objects.filter(pk=look_back_id).select_related("bot__connection").first()
    if row is None or not _claim(row, now):
        return
    if row.tries > MOST_TRIES:
        _end(row, LookBackState.FAILED, problem="look_back.given_up")
        return
    if row.bot.deleted_at or row.bot.is_homeless:
        _end(row, LookBackState.CANCELED)
        return
    try:
        problem = _look_back(row)
    except EndedError:
        return
    except ExchangeError as error:
        _later(row, error.trouble.cause.value, max(AGAIN, timedelta(seconds=error.trouble.retry_after or 0)))
        return
    if problem == "look_back.no_rules":
        _later(row, problem, RULES_COME)
    elif problem:
        _end(row, LookBackState.FAILED, problem=problem)


def _claim(row: LookBack, now: datetime) -> bool:
    taken = {"claim_until": now + LEASE, "tries": row.tries + 1}
    if not LookBack.objects.due(now).filter(pk=row.pk, tries=row.tries).update(**taken):
        return False
    row.tries += 1
    return True


def _later(row: LookBack, problem: str, wait: timedelta) -> None:
    told = {"claim_until": None, "look_at": timezone.now() + wait, "problem": problem, "state": LookBackState.WAITING}
    LookBack.objects.under_way().filter(pk=row.pk, tries=row.tries).update(**told)


def _end(row: LookBack, state: str, **more: Any) -> bool:
    ended = {"state": state, "ended_at": timezone.now(), "claim_until": None, **more}
    return bool(LookBack.objects.under_way().filter(pk=row.pk, tries=row.tries).update(**ended))


def _look_back(row: LookBack) -> str:
    """Return why it is not possible, or write down what came of it, and after that what stands beside it."""
    bot, place = row.bot, (row.bot.connection.exchange, row.bot.connection.venue)
    known = want(*place, bot.pairs, now=timezone.now())
    instruments = [one for pair in bot.pairs if (one := known.get(pair)) and one.ruled_at and one.price_step]
    if len(instruments) < len(bot.pairs):
        return "look_back.no_rules"
    # Loaded by nobody who does not look back.
    from strategies.look_backs import aside, candles, kept, wish
    from strategies.lookback.answer import answer

    progress, pairs = Progress(row), {}
    start, count = row.until - length_of(row.months), len(instruments)
    for number, one in enumerate(instruments):

        def watch(share: float, number: int = number) -> bool:
            # A year of candles takes minutes, and a trader at the form waits for tenths of a second.
            glimpse_work.work_due()
            return progress.tell(LookBackState.FETCHING, (number + share) / count * FETCHING)

        what = (*place, one.pair, one.price_step or ONE)
        found = candles.bring(*what, start, row.until, before=wish.warm_up_of(bot), watch=watch)
        if found is None:
            return "look_back.no_candles"
        if len(found) < kept.LEAST_COVERAGE * (row.until - start).total_seconds() / 60:
            return "look_back.few_candles"
        pairs[one.pair] = found, wish.terms_of(one, found.step)
    asked = wish.wish_of(bot, instruments[0], pairs, start)
    told = answer(
        asked, pairs, watch=lambda share: progress.tell(LookBackState.RUNNING, FETCHING + share * (100 - FETCHING))
    )
    if _end(row, LookBackState.DONE, share=100, answer_json=told):
        aside.write_aside(row, told, asked, pairs, instruments)
    return ""
