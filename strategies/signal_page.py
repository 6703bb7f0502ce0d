"""What the page about a bot's signals shows: an alert to paste for each pair and wish, and what came lately."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from strategies.choices import Direction, EntrySource, SignalState, SignalWish
from strategies.models import Bot, Signal
from strategies.words import reasons

SHOWN = 20
# Outcomes that are no decision of the engine's.
OUTCOMES = {
    "order.intended": "Acted on: an order was written down.",
    "signal.stale": "Too old when it was looked at: nothing happened.",
    "bot.not_running": "The bot was not enabled: nothing happened.",
}
WISHES = {
    Direction.LONG: (SignalWish.LONG, SignalWish.CLOSE),
    Direction.SHORT: (SignalWish.SHORT, SignalWish.CLOSE),
    Direction.BOTH: (SignalWish.LONG, SignalWish.SHORT, SignalWish.CLOSE),
}


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """The message of one alert, ready to paste."""

    wish: SignalWish
    text: str


@dataclass(frozen=True, kw_only=True)
class PairSnippets:
    pair: str
    snippets: Sequence[Snippet]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One signal that came, and what was done about it."""

    signal: Signal
    outcome: str


@dataclass(frozen=True, kw_only=True)
class SignalPage:
    """`made` is the address, in the one answer that may show it; `command` sends a real signal from a terminal."""

    made: str
    command: str
    pairs: Sequence[PairSnippets]
    lines: Sequence[Line]


def page_of(bot: Bot, *, made: str) -> SignalPage:
    return SignalPage(
        made=made,
        command=_command(made, bot) if made and bot.pairs else "",
        pairs=[PairSnippets(pair=pair, snippets=[_snippet(pair, wish) for wish in _wishes(bot)]) for pair in bot.pairs],
        lines=[Line(signal=one, outcome=_outcome(one)) for one in bot.signals.order_by("-received_at", "-pk")[:SHOWN]],
    )


def _wishes(bot: Bot) -> tuple[SignalWish, ...]:
    if bot.entry_source != EntrySource.WEBHOOK:
        return (SignalWish.CLOSE,)
    return WISHES[Direction(bot.direction)]


def _snippet(pair: str, wish: SignalWish) -> Snippet:
    # {{timenow}} has whole seconds: pair and wish tell apart what comes in the same one.
    alert = {"pair": pair, "direction": wish.value, "time": "{{timenow}}", "id": f"{{{{timenow}}}} {pair} {wish.value}"}
    return Snippet(wish=wish, text=json.dumps(alert, indent=1))


def _command(made: str, bot: Bot) -> str:
    alert = json.dumps({"pair": bot.pairs[0], "direction": _wishes(bot)[0].value})
    return f"curl -X POST --data '{alert}' {made}"


def _outcome(signal: Signal) -> str:
    if signal.state == SignalState.WAITING:
        return "Waiting for a worker"
    return OUTCOMES.get(signal.outcome) or reasons.reason(signal.outcome) or "Handled"
