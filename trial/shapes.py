"""The shape of an answer: for each place in it, what kind of thing stands there. Nothing of a value but its kind."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from exchanges.proven import split_words

Shape = dict[str, set[str]]

# An answer with more places, or deeper ones, is no answer of an exchange.
MOST_PLACES, DEEPEST = 600, 10
MS = range(1_500_000_000_000, 4_102_444_800_000)
WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}", re.ASCII)
# A field as programmers name it, of letters: what an exchange adds to an answer looks like this.
FIELD = re.compile(r"[a-z][A-Za-z_-]{1,29}", re.ASCII)
CODE = re.compile(r"-?[0-9]{1,7}|[A-Za-z][A-Za-z_-]{2,60}", re.ASCII)
WHOLE = re.compile(r"-?[0-9]+", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]*\.[0-9]+", re.ASCII)
EXPONENT = re.compile(r"-?[0-9.]+[eE][+-]?[0-9]+", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+.*", re.ASCII)
VERSION = re.compile(r"v[0-9]", re.ASCII)
SHORT = 10
# Of what an exchange takes, the sign says who pays; of other amounts it would say something of the account.
SIGNED = re.compile("fee|commission|rebate", re.IGNORECASE)
# Words of trade that no account owns.
COMMON = frozenset(
    split_words(
        "buy, sell, limit, market, gtc, ioc, fok, post_only, maker, taker, spot, open, new, live, filled, cancelled, "
        "canceled, partially_filled, normal, normal_cancel, success, true, false, yes, no, none, trade, read"
    )
)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What may be said as it is: `words` and `fields` that no account owns, and the places where a code stands."""

    words: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()


NOTHING = Vocabulary()


@dataclass
class _Places:
    known: Vocabulary
    found: Shape = field(default_factory=dict)

    def add(self, path: str, kind: str) -> None:
        if path in self.found or len(self.found) < MOST_PLACES:
            self.found.setdefault(path, set()).add(kind)


def shape_of(text: str, known: Vocabulary = NOTHING) -> Shape:
    """Return what stands where in an answer: "data[].status" → {"word live"}; of no JSON, its length."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {"": {f"no JSON, {len(text)} characters"}}
    places = _Places(known)
    _walk(body, "", places, 0)
    return places.found


def _walk(value: object, path: str, places: _Places, depth: int) -> None:
    if depth > DEEPEST:
        places.add(path, "deeper than is looked")
    elif isinstance(value, Mapping):
        places.add(path, "object")
        _walk_object(value, path, places, depth)
    elif isinstance(value, list):
        places.add(path, "list" if value else "empty list")
        for item in value:
            _walk(item, f"{path}[]", places, depth + 1)
    else:
        places.add(path, _scalar(value, path, places.known))


def _walk_object(value: Mapping[str, object], path: str, places: _Places, depth: int) -> None:
    """Name the fields of an object; where nothing is known among them they may be names of coins or people."""
    has_known = any(name in places.known.fields for name in value)
    for name, inner in value.items():
        is_field = name in places.known.fields or (has_known and FIELD.fullmatch(name))
        _walk(inner, f"{path}.{name if is_field else '{name}'}".lstrip("."), places, depth + 1)


def _scalar(value: object, path: str, known: Vocabulary) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return _code(str(value), path, known) or _whole(value, "number")
    if isinstance(value, float):
        return "number with a fraction"
    return _text(str(value), path, known)


def _code(text: str, path: str, known: Vocabulary) -> str:
    return f"code {text}" if path in known.codes and CODE.fullmatch(text) else ""


def _whole(number: int, kind: str) -> str:
    if number in MS:
        return f"{kind}, time in ms"
    digits = len(str(abs(number)))
    # How many digits an amount has says how much it is.
    return f"{kind}, {digits} digits" if digits >= SHORT else kind


def _text(text: str, path: str, known: Vocabulary) -> str:
    if not text:
        return "empty text"
    if said := _code(text, path, known):
        return said
    if text in known.words or text.lower() in COMMON:
        return f"word {text}"
    return _number(text, path) or _form(text)


def _number(text: str, path: str) -> str:
    sign = " below zero" if text.startswith("-") and SIGNED.search(path) else ""
    if WHOLE.fullmatch(text) and len(text) <= 40:
        return _whole(int(text), f"number{sign} as text")
    if DECIMAL.fullmatch(text):
        return f"number{sign} as text, {len(text.partition('.')[2])} places"
    return "number with an exponent as text" if EXPONENT.fullmatch(text) else ""


def _form(text: str) -> str:
    if UUID.fullmatch(text):
        return "text, UUID"
    if ISO.fullmatch(text):
        return "text, ISO time"
    if WORD.fullmatch(text) and len(text) <= 24:
        # Where its letters are large and what parts them: read_and_write is aaaa_aaa_aaaaa.
        return "text, like " + re.sub("[a-z]", "a", re.sub("[A-Z]", "A", text))
    return f"text, {len(text)} characters"


def words_of(text: str, names: Collection[str]) -> Iterator[str]:
    """Yield the words in an answer that are not names of coins, pairs or people."""
    for value in scalars_of(text):
        if WORD.fullmatch(value) and value not in names:
            yield value


def fields_of(text: str, names: Collection[str]) -> Iterator[str]:
    yield from (name for name in _fields(_parsed(text)) if name not in names and re.search("[a-z]", name))


def scalars_of(text: str) -> Iterator[str]:
    """Yield every text and number of an answer, as text; of no JSON, the whole of it."""
    body = _parsed(text)
    yield from _scalars(text if body is None else body)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _scalars(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _scalars(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def _fields(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner)


def request_of(method: str, path: str, known: Collection[str] = ()) -> str:
    """Name a request by its path, with a star for each part that may be an id or a name."""
    parts = path.strip("/").split("/")
    return f"{method} /" + "/".join(part if part in known or VERSION.fullmatch(part) else "*" for part in parts)


def parts_of(path: str) -> Iterator[str]:
    """Yield the parts of a path that are words of the exchange's: an id has a digit in it."""
    yield from (part for part in path.strip("/").split("/") if not re.search("[0-9]", part))
