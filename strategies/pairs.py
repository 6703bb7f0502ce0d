"""Pairs as a trader types them, and as we keep them: BTC/USDT."""

import re
from collections.abc import Sequence
from typing import Any

MOST_PAIRS = 20
PAIR = re.compile(r"[A-Z0-9]{1,20}/[A-Z0-9]{2,10}")
# KuCoin writes BTC-USDT, Gate.io BTC_USDT: both are taken as the same pair.
SEPARATORS = re.compile(r"[-_/]")
# A comma, a semicolon, white space or a new line stands between pairs.
BETWEEN = re.compile(r"[\s,;]+")


class PairsError(ValueError):
    """The pairs cannot be used; the message is for the trader."""


def read_pairs(text: str) -> tuple[str, ...]:
    """Return what was typed as pairs in upper case; raise PairsError with the first thing that is wrong."""
    return checked(tuple(_tidy(word) for word in BETWEEN.split(text.strip()) if word))


def checked(pairs: Sequence[str]) -> tuple[str, ...]:
    """Return the pairs; raise PairsError unless they are 1 to 20 different ones quoted in the same money."""
    if not 1 <= len(pairs) <= MOST_PAIRS:
        raise PairsError(f"Enter 1 to {MOST_PAIRS} pairs, for example BTC/USDT.")
    for pair in pairs:
        _check(pair)
    if twice := next((pair for pair in pairs if pairs.count(pair) > 1), None):
        raise PairsError(f"{twice} is there twice.")
    if len({quote_of(pair) for pair in pairs}) > 1:
        raise PairsError("All pairs of a bot must be quoted in the same money, because the margin limit is one sum.")
    return tuple(pairs)


def quote_of(pair: str) -> str:
    """Return the money a pair is quoted in: USDT of BTC/USDT."""
    return pair.partition("/")[2]


def read_stored(stored: Any) -> tuple[str, ...]:
    """Read the stored list; what is no text is left out."""
    return tuple(one for one in stored if isinstance(one, str)) if isinstance(stored, list) else ()


def _tidy(word: str) -> str:
    return SEPARATORS.sub("/", word.upper(), count=1)


def _check(pair: str) -> None:
    if not PAIR.fullmatch(pair):
        shown = pair if len(pair) <= 32 else f"{pair[:32]}…"
        raise PairsError(f"“{shown}” is not a pair. Write it like BTC/USDT.")
    base, _, quote = pair.partition("/")
    if base == quote:
        raise PairsError(f"{pair} trades a coin against itself.")
