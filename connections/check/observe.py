"""Ask an exchange every question of a check once, as many at a time as its rounds allow, within one deadline."""

import asyncio
import contextlib
import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from connections.check.facts import Answer, Facts, Policy
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.location import Location
from exchanges.spec import Ask, ExchangeSpec, Market, Question
from exchanges.values import Credentials
from exchanges.wire.ask import Interview
from exchanges.wire.ccxt_object import lender_of
from exchanges.wire.session import LOOP

HEARTBEAT_SECONDS = 2.0
# So long after its deadline a check that has not ended never will: the loop stands still.
GRACE_SECONDS = 5.0


class StuckError(Exception):
    """The check did not end by its deadline, nor soon after."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is to be checked: where, for which market, under which policy."""

    spec: ExchangeSpec
    market: Market
    location: Location
    policy: Policy
    deadline_seconds: float = 15.0


def watch(subject: Subject, credentials: Credentials, *, today: date) -> Iterator[Facts]:
    """Yield the facts after each answer, at least every two seconds, and the whole of them last.

    Runs in a thread; never raises for anything an exchange does. Raises StuckError when it does not end: a thread is
    never lost to a loop that stands still.
    """
    hard_limit = time.monotonic() + subject.deadline_seconds + GRACE_SECONDS
    news: queue.Queue[Facts] = queue.Queue()
    whole = LOOP.submit(observe(subject, credentials, today=today, tell=news.put))
    latest = Facts(spec=subject.spec, market=subject.market, policy=subject.policy, today=today)
    whole.add_done_callback(lambda _: news.put(latest))
    try:
        while not whole.done():
            if time.monotonic() > hard_limit:
                raise StuckError
            with contextlib.suppress(queue.Empty):
                latest = news.get(timeout=HEARTBEAT_SECONDS)
            if not whole.done():
                yield latest
        yield whole.result()
    finally:
        # Who stops listening had the run taken away: its key must not be used any further.
        whole.cancel()


async def observe(
    subject: Subject, credentials: Credentials, *, today: date, tell: Callable[[Facts], None] = lambda facts: None
) -> Facts:
    """Ask everything; what the deadline cuts off counts as unavailable."""
    started = time.monotonic()
    interview = Interview(lender_of(subject.spec, subject.location), credentials)
    observer, rounds = _Observer(interview, subject, today, tell), subject.spec.rounds[subject.market]
    try:
        async with asyncio.timeout(subject.deadline_seconds):
            for questions in rounds:
                await asyncio.gather(*(observer.ask(question) for question in questions))
                # Without the rights, or what it takes to ask for them, nothing can be proven: spare the exchange the
                # rest.
                if observer.facts.rights is None and not all(observer.facts.is_proven(q.ask) for q in questions):
                    break
    except TimeoutError:
        # Every question without an answer came too late; a bonus question is not missed.
        late = Answer(trouble=Trouble(cause=Cause.UNAVAILABLE), ms=round(subject.deadline_seconds * 1000))
        for question in (question for questions in rounds for question in questions):
            if question.ask not in observer.facts.answers and question.ask is not Ask.UID:
                observer.record(question.ask, late)
    elapsed = round((time.monotonic() - started) * 1000)
    return replace(observer.facts, requests=interview.requests, elapsed_ms=elapsed)


class _Observer:
    """Gather answers into facts as they come."""

    def __init__(self, interview: Interview, subject: Subject, today: date, tell: Callable[[Facts], None]) -> None:
        self._interview, self._tell = interview, tell
        self.facts = Facts(spec=subject.spec, market=subject.market, policy=subject.policy, today=today)

    async def ask(self, question: Question) -> None:
        started, sent_at = time.monotonic(), datetime.now(tz=UTC)
        answers = {ask: answer.value for ask, answer in self.facts.answers.items()}
        try:
            value, trouble = await self._interview.ask(question, answers), None
        except ExchangeError as error:
            value, trouble = None, error.trouble
        seconds = time.monotonic() - started
        if question.ask is Ask.TIME and isinstance(value, int):
            middle = sent_at.timestamp() + seconds / 2
            self.facts = replace(self.facts, clock_offset_ms=value - round(middle * 1000))
        self.record(question.ask, Answer(value=value, trouble=trouble, ms=round(seconds * 1000)))

    def record(self, ask: Ask, answer: Answer) -> None:
        self.facts = replace(self.facts, answers={**self.facts.answers, ask: answer})
        self._tell(self.facts)
