"""Pairs as a trader types them, and as we keep them: BTC/USDT."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext

from exchanges.proven import printable

MOST_PAIRS = 20
# As long as an order's row can hold.
PAIR = re.compile(r"[^/]{1,20}/[^/]{2,10}")
# Coins have names in any script; letters, their marks, digits and signs such as $ are what names are made of.
IN_NAMES = frozenset({"L", "M", "N", "Sc", "So"})
# What East Asian keyboards type in the place of ASCII: full-width letters, digits and signs.
FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)} | {ord("、"): ","}
# KuCoin writes BTC-USDT, Gate.io BTC_USDT: both are taken as the same pair.
SEPARATORS = re.compile(r"[-_/]")
# Where a coin ends and its money begins, in a symbol without a sign between: the longest of these that it ends with.
QUOTES = (
    "FDUSD",
    "USDT",
    "USDC",
    "TUSD",
    "USDE",
    "USD1",
    "EURI",
    "USD",
    "EUR",
    "GBP",
    "TRY",
    "BRL",
    "DAI",
    "BTC",
    "ETH",
    "BNB",
    "KCS",
)
# What charts write around a symbol: whose it is before it, and .P after that of a perpetual future.
AROUND = re.compile(r"^[^:/]{1,20}:|\.P$")
# A comma, a semicolon, white space or a new line stands between pairs.
BETWEEN = re.compile(r"[\s,;]+")


class PairsError(ValueError):
    """The pairs cannot be used; the message is for the trader."""


def read_pairs(text: str) -> tuple[str, ...]:
    """Return what was typed as pairs in upper case; raise PairsError with the first thing that is wrong."""
    plain = text.translate(FULL_WIDTH).strip()
    return checked(tuple(_as_we_write_it(word) for word in BETWEEN.split(plain) if word))


def checked(pairs: Sequence[str]) -> tuple[str, ...]:
    """Return the pairs; raise PairsError unless they are 1 to 20 different ones quoted in the same money."""
    if not 1 <= len(pairs) <= MOST_PAIRS:
        raise PairsError(gettext("Enter 1 to %(most)d pairs, for example BTC/USDT.") % {"most": MOST_PAIRS})
    for pair in pairs:
        _check(pair)
    if twice := next((pair for pair in pairs if pairs.count(pair) > 1), None):
        raise PairsError(gettext("%(pair)s is there twice.") % {"pair": twice})
    if len({quote_of(pair) for pair in pairs}) > 1:
        text = gettext("All pairs of a bot must be quoted in the same money, because the margin limit is one sum.")
        raise PairsError(text)
    return tuple(pairs)


def named(symbol: str, among: Sequence[str]) -> str | None:
    """Return which of a bot's pairs a chart's symbol names: BTC/USDT for BTCUSDT, BINANCE:BTCUSDT and BTCUSDT.P.

    Where the coin ends and the money begins the symbol does not say; that it is one of theirs does. None when it names
    none of them.
    """
    plain = AROUND.sub("", unicodedata.normalize("NFC", symbol.translate(FULL_WIDTH)).strip().upper())
    squeezed = SEPARATORS.sub("", plain)
    return next((pair for pair in among if SEPARATORS.sub("", pair) == squeezed), None)


def quote_of(pair: str) -> str:
    """Return the money a pair is quoted in: USDT of BTC/USDT."""
    return pair.partition("/")[2]


def read_stored(stored: Any) -> tuple[str, ...]:
    """Read the stored list; what is no text is left out."""
    return tuple(one for one in stored if isinstance(one, str)) if isinstance(stored, list) else ()


def _is_in_names(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind in IN_NAMES or kind[0] in IN_NAMES


def _as_we_write_it(word: str) -> str:
    """Return BTC/USDT for btc-usdt and, as charts write it, for BTCUSDT, BINANCE:BTCUSDT and BTCUSDT.P."""
    plain = AROUND.sub("", unicodedata.normalize("NFC", word).upper())
    if SEPARATORS.search(plain):
        return SEPARATORS.sub("/", plain, count=1)
    quote = next((one for one in QUOTES if plain.endswith(one) and plain != one), "")
    return f"{plain.removesuffix(quote)}/{quote}" if quote else plain


def _check(pair: str) -> None:
    is_named = all(_is_in_names(character) for character in pair.replace("/", ""))
    if not PAIR.fullmatch(pair) or not is_named or pair != pair.upper():
        shown = printable(pair, most=32) + ("…" if len(pair) > 32 else "")
        if not pair.isprintable():
            text = gettext("“%(typed)s” is not a pair: there is an invisible character in it. Type it by hand.")
            raise PairsError(text % {"typed": shown})
        raise PairsError(gettext("“%(typed)s” is not a pair. Write it like BTC/USDT.") % {"typed": shown})
    base, _, quote = pair.partition("/")
    if base == quote:
        raise PairsError(gettext("%(pair)s trades a coin against itself.") % {"pair": pair})
