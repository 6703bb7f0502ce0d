"""What a recount came to, in words and as JSON; a character that does not print is written as its number."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from recount.account import Recounted

EQUAL, DIFFERS, UNREAD = 0, 1, 2


def exit_code(found: Sequence[Recounted]) -> int:
    """Return 1 where something differs, else 2 where something could not be read: that is not equal."""
    if any(one.differences for one in found):
        return DIFFERS
    return UNREAD if any(one.unread for one in found) else EQUAL


def lines(found: Sequence[Recounted]) -> Iterator[str]:
    for one in found:
        counted = f"{one.groups} groups, {one.orders} orders, {one.fills} fills"
        verdict = f"{len(one.differences)} differences" + (f", {len(one.unread)} not read" if one.unread else "")
        yield in_print(f"{one.exchange} ({one.venue}), {one.connection}: {counted}: {verdict}")
        for row in one.differences:
            yield in_print(f"  {row.code:<20} {row.where}")
            yield in_print(f"  {'':<20}   there: {row.there}")
            yield in_print(f"  {'':<20}   here:  {row.here}")
        yield from (in_print(f"  not read: {text}") for text in one.unread)
        yield from (in_print(f"  note: {text}") for text in one.notes)
    if not found:
        yield "No connection has an order to recount."


def as_json(found: Sequence[Recounted]) -> str:
    """Write it in ASCII alone, amounts as text."""
    return json.dumps({"exit": exit_code(found), "connections": [asdict(one) for one in found]}, default=str, indent=2)


def in_print(text: str) -> str:
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
