"""Alerts by the thousand, and every switch thrown at random while they come.

Some ask to buy, some to close; a switch that is thrown must hold within seconds, whichever of the three it is.
"""

import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.by import PRODUCT
from strategies.choices import EntrySource, Purpose, StopLevel
from strategies.models import Bot
from strategies.signals import inbox
from strategies.signals.alert import SignalError
from strategies.stops import flows

# What a rehearsal's bots are to begin with, so that alerts open their groups.
SETTINGS = {"entry_source": EntrySource.WEBHOOK}
EACH_TIME = 10
WISHES = ("long", "long", "long", "close")
# Longer than the grace that an order has which left in the last moment.
HELD_FOR, LEFT_FOR = (7.0, 12.0), (5.0, 15.0)
# What each level keeps from being sent, as product.md says it: not read from what it judges.
FORBIDS = {
    StopLevel.ENTRIES: (Purpose.ENTRY,),
    StopLevel.ADD_ONS: (Purpose.ENTRY, Purpose.ADD_ON),
    StopLevel.ORDERS: (Purpose.ENTRY, Purpose.ADD_ON, Purpose.EXIT),
}


@dataclass
class Alerts:
    """`without` tells, by purpose and bot, from when to when a switch forbade such orders.

    Without bots nothing comes and nothing is thrown.
    """

    rng: random.Random
    bots: Sequence[Bot] = ()
    tokens: Mapping[int, str] = field(default_factory=dict)
    sent: int = 0
    refused: int = 0
    thrown: int = 0
    without: dict[Purpose, dict[int, list[tuple[float, float]]]] = field(default_factory=dict)
    _since: float = 0.0
    _turn_at: float = 0.0
    _scope: str = ""
    _level: StopLevel = StopLevel.NONE
    _bot: Bot | None = None

    def act(self) -> None:
        if self.bots:
            self.send()
            self.turn()

    def send(self) -> None:
        for _ in range(EACH_TIME):
            self._send(self.rng.choice(self.bots), self.rng.choice(WISHES))

    def open_on(self, connection: int) -> None:
        for bot in self.bots:
            if bot.connection_id == connection:
                self._send(bot, "long")

    def _send(self, bot: Bot, wish: str) -> None:
        self.sent += 1
        told = {"pair": self.rng.choice(bot.pairs), "direction": wish, "id": f"a{self.sent}"}
        try:
            inbox.receive(self.tokens[bot.pk], json.dumps(told).encode(), now=timezone.now())
        except SignalError:
            self.refused += 1

    def turn(self) -> None:
        """Throw a switch, or take back the one that is thrown, when it has held long enough."""
        now = time.time()
        if now < self._turn_at:
            return
        if self._scope:
            self.give_back()
            self._turn_at = now + self.rng.uniform(*LEFT_FOR)
            return
        scope, level, bot = (
            self.rng.choice(("bot", "trader", "all")),
            self.rng.choice(tuple(FORBIDS)),
            self.rng.choice(self.bots),
        )
        if scope == "trader":
            # To stop exits too is for operators.
            level = StopLevel.ADD_ONS if level == StopLevel.ORDERS else level
        self._scope, self._level, self._bot = scope, level, bot
        self._set(level)
        self._since, self.thrown = time.time(), self.thrown + 1
        self._turn_at = self._since + self.rng.uniform(*HELD_FOR)

    def give_back(self) -> None:
        if not self._scope or self._bot is None:
            return
        held = {"bot": [self._bot], "trader": self._of(self._bot), "all": list(self.bots)}[self._scope]
        until = time.time()
        self._set(StopLevel.NONE)
        for purpose in FORBIDS[self._level] if self._since else ():
            for bot in held:
                self.without.setdefault(purpose, {}).setdefault(bot.pk, []).append((self._since, until))
        self._scope, self._since = "", 0.0

    def _of(self, bot: Bot) -> list[Bot]:
        return [one for one in self.bots if one.connection.owner_id == bot.connection.owner_id]

    def _set(self, level: StopLevel) -> None:
        assert self._bot is not None
        if self._scope == "bot":
            flows.pause_bot(Bot.objects.select_related("connection__owner").get(pk=self._bot.pk), level, by=PRODUCT)
        elif self._scope == "trader":
            flows.pause_trader(self._bot.connection.owner, level, by=PRODUCT)
        else:
            flows.pause_everybody(level, by=PRODUCT)


def begin(bots: Sequence[Bot], rng: random.Random) -> Alerts:
    """Give every bot an address of its own."""
    return Alerts(rng=rng, bots=bots, tokens={bot.pk: inbox.make_address(bot, by=PRODUCT) for bot in bots})
