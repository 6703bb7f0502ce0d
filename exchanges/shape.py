"""The shape of a foreign answer: its keys, types and lengths, never a value, a name, an amount or an id."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

DEEPEST, MOST_KEYS, MOST_CHARACTERS, LONGEST_ROW = 6, 40, 4_000, 1_500
# The exchange's own field names; what else stands before a colon may be a coin, a pair or an account.
FIELD = re.compile(r"(?!.*\d{3})[A-Za-z_][A-Za-z0-9_-]{0,39}")
CODE = re.compile(r"(?!.*\d{11})[A-Za-z0-9_-][A-Za-z0-9_.-]{0,39}")
PLAIN_SEGMENT = re.compile(r"(?!.*\d{3})[A-Za-z0-9_.-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class StrangeAnswer:
    """An answer that is in no table of ours: where it came to, its status, the exchange's own code, its shape."""

    asked: str
    status: int
    code: str = ""
    shape: object = field(default=None, hash=False)


def shape_of(text: str) -> object:
    """Return what may be kept and shown of an answer's body; pure, bounded, raises nothing."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return _page(text)
    for depth in (DEEPEST, 3, 1):
        shape = _shape(body, depth)
        if len(json.dumps(shape)) <= MOST_CHARACTERS:
            return shape
    return type(body).__name__


def shape_of_row(row: object) -> str:
    """Return what may be kept of one row of a list, as a line of text; pure, bounded, raises nothing."""
    shapes = (json.dumps(_shape(row, depth)) for depth in (3, 1))
    return next((shape for shape in shapes if len(shape) <= LONGEST_ROW), type(row).__name__)


def _page(text: str) -> object:
    kind = "html" if "<html" in text[:1000].lower() or "<!doctype" in text[:1000].lower() else "text"
    return f"{kind}:{len(text)}" if text else "empty"


def _shape(value: object, depth: int) -> object:
    if isinstance(value, Mapping):
        return _keys(value, depth)
    if isinstance(value, list):
        return [f"list:{len(value)}", *(_shape(one, depth - 1) for one in value[:1] if depth > 1)]
    if value is None or isinstance(value, bool):
        return "null" if value is None else "bool"
    if isinstance(value, int):
        return f"int:{len(str(abs(value))) if abs(value) < 10**30 else 'huge'}"
    return f"text:{len(value)}" if isinstance(value, str) else "number"


def _keys(value: Mapping[str, object], depth: int) -> object:
    """Keep the exchange's own field names; a key that could be data becomes “*”."""
    if depth < 1:
        return f"object:{len(value)}"
    kept: dict[str, object] = {}
    for key, inner in list(value.items())[:MOST_KEYS]:
        kept.setdefault(key if FIELD.fullmatch(key) and not key.isupper() else "*", _shape(inner, depth - 1))
    if len(value) > len(kept):
        kept["…"] = f"{len(value)} keys"
    return kept


def safe_code(code: str) -> str:
    """Return an exchange's own code as it may be logged and shown; a sentence in its place is only measured."""
    return code if CODE.fullmatch(code) else f"text:{len(code)}" if code else ""


def safe_path(path: str) -> str:
    """Return a path without what in it may be an id: a segment with three digits in a row, or a long one."""
    segments = path[:400].split("/")
    return "/".join(one if not one or PLAIN_SEGMENT.fullmatch(one) else "*" for one in segments)[:120]
