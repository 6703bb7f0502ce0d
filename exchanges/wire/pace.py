"""How fast requests leave for an exchange: one limit, kept by all processes that ask it from the same address.

What has left is counted in the broker, by the clock of the broker: one number for each exchange and address, the moment
up to which all that was let through takes at the pace that is allowed (the generic cell rate algorithm). Exits never
wait, and are counted all the same. Orders may use all that may leave at once, questions and checks a part of it, so
that they are the first to wait.

While the broker is away each process keeps to a share of its own: nothing stands still for it, and a few processes
together stay within the limit.
"""

import asyncio
import math
import time
from collections import defaultdict
from contextvars import ContextVar
from enum import Enum, auto

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from exchanges.spec import Rate

# Of what an exchange allows in its window, so much may leave at once and so much is spread over it: never more than
# nine tenths together, in whichever window of that length.
AT_ONCE, SPREAD = 0.1, 0.8
# So many processes share what is allowed while the broker cannot tell what the others do.
PROCESSES = 4
BROKER_SECONDS, AWAY_SECONDS = 0.25, 1.0


class Urgency(Enum):
    CHECK = auto()
    QUESTION = auto()
    ORDER = auto()
    EXIT = auto()


# The part of what may leave at once that each may use up, and the seconds for which it waits for its turn.
ROOM = {Urgency.CHECK: 0.4, Urgency.QUESTION: 0.7, Urgency.ORDER: 1.0}
PATIENCE = {Urgency.CHECK: 5.0, Urgency.QUESTION: 1.5, Urgency.ORDER: 1.5}
# What is asked for by nobody in particular is asked for by a check.
URGENCY: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.CHECK)

# Milliseconds: what the request takes, and how far ahead of now it may be let through. Returns how long to wait.
TAKE = """
local told = redis.call('TIME')
local now = told[1] * 1000 + told[2] / 1000
local taken = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local cost, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = taken + cost - math.max(room, cost) - now
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.3f', taken + cost), 'PX', math.max(math.ceil(taken + cost - now), 1))
return 0
"""


class NoTurnError(Exception):
    """The request was kept back: others use up what the exchange takes from this address."""


class Pace:
    """The turns of one process, taken inside its loop."""

    def __init__(self, broker: str) -> None:
        address = broker.replace("redis+socket://", "unix://", 1)
        self._broker = redis.asyncio.Redis.from_url(
            address,
            socket_timeout=BROKER_SECONDS,
            socket_connect_timeout=BROKER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._take_there = self._broker.register_script(TAKE)
        self._away_until = float("-inf")
        # Up to when what this process let through by itself takes, by place.
        self._taken: dict[str, float] = {}
        # One of each kind asks at a time: the others stand in line behind it.
        self._lines: defaultdict[tuple[str, Urgency], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._counting = set[asyncio.Task[int]]()

    async def turn(self, place: str, rate: Rate, cost: float) -> None:
        """Wait until a request that counts so much may leave; raises NoTurnError when that would be too late."""
        urgency, began = URGENCY.get(), time.monotonic()
        takes = cost * rate.seconds * 1000 / (SPREAD * rate.units)
        if urgency is Urgency.EXIT:
            counting = asyncio.create_task(self._take(place, takes, math.inf))
            self._counting.add(counting)
            counting.add_done_callback(self._counting.discard)
            return
        room = ROOM[urgency] * AT_ONCE / SPREAD * rate.seconds * 1000
        async with self._lines[place, urgency]:
            while wait := await self._take(place, takes, room):
                if time.monotonic() - began + wait / 1000 > PATIENCE[urgency]:
                    raise NoTurnError
                await asyncio.sleep(wait / 1000)

    async def _take(self, place: str, takes: float, room: float) -> int:
        """Take a turn, if there is one; returns the milliseconds until there may be, 0 for one that was taken."""
        if time.monotonic() >= self._away_until:
            try:
                # Redis knows no infinity in its numbers.
                told = await self._take_there(keys=[f"pace:{place}"], args=[takes, min(room, 1e12)])
                return int(told)
            except (redis.RedisError, OSError):
                self._away_until = time.monotonic() + AWAY_SECONDS
        return self._take_here(place, takes * PROCESSES, room)

    def _take_here(self, place: str, takes: float, room: float) -> int:
        now = time.monotonic() * 1000
        taken = max(self._taken.get(place, now), now)
        wait = taken + takes - max(room, takes) - now
        if wait > 0:
            return math.ceil(wait)
        self._taken[place] = taken + takes
        return 0

    async def close(self) -> None:
        """Let all exits be counted, and the broker go."""
        await asyncio.gather(*self._counting)
        await self._broker.aclose()


# None in what asks once and ends, such as a command.
_PACE: Pace | None = None


def keep_by(broker: str) -> None:
    """Let this process keep to the limits from now on, together with all others that name this broker."""
    global _PACE
    _PACE = Pace(broker)


async def turn(place: str, rate: Rate, cost: float) -> None:
    if _PACE is not None:
        await _PACE.turn(place, rate, cost)
