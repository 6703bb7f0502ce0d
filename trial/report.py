"""The report of a try: what anybody may see. Before it is written it is searched for every value that came."""

import json
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import ccxt

from exchanges.values import Credentials
from trial.differences import Difference, differences
from trial.reference import Reference
from trial.shapes import CODE, WORD, request_of, scalars_of, shape_of
from trial.walk import SeenAnswer, Walk

# Shorter texts and numbers stand in any report by chance.
SHORTEST = 6
PUBLIC = ("markets", "ticker", "candles")


class LeakError(Exception):
    """The report holds something of an answer that it must not; it is not written."""


def report_of(walk: Walk, reference: Reference, *, made: date, prefix: str = "") -> dict[str, Any]:
    """Return the report as plain data; `prefix` is what stands before each path at this address."""
    steps = [
        {
            "step": step.name,
            "said": step.said,
            "code": code_said(step.code),
            "answers": [_answer_row(seen, reference, prefix) for seen in step.seen],
        }
        for step in walk.steps
    ]
    return {
        "exchange": walk.subject.spec.slug,
        "market": walk.subject.market.value,
        "pair": walk.pair,
        "made": made.isoformat(),
        "ccxt": ccxt.__version__,
        "steps": steps,
        "differences": [row.row() for row in found_in(walk, reference, prefix)],
    }


def code_said(code: str) -> str:
    """Return a code as it is when it looks like one."""
    return code if not code or CODE.fullmatch(code) else f"a code of {len(code)} characters"


def _answer_row(seen: SeenAnswer, reference: Reference, prefix: str) -> dict[str, Any]:
    shape = shape_of(seen.answer.text, reference.known)
    return {
        "request": request_of(seen.method, seen.path.removeprefix(prefix), reference.parts),
        "status": seen.answer.status,
        "shape": {path: sorted(kinds) for path, kinds in sorted(shape.items())},
    }


def found_in(walk: Walk, reference: Reference, prefix: str = "") -> list[Difference]:
    """Return each place where an answer differs from the practice exchange's, once."""
    found: dict[Difference, None] = {}
    for step in walk.steps:
        for seen in step.seen:
            request = request_of(seen.method, seen.path.removeprefix(prefix), reference.parts)
            theirs, ours = shape_of(seen.answer.text, reference.known), reference.of(step.name, request)
            if ours is None:
                found[Difference(request=request, path="", ours="never asked", theirs="an answer")] = None
            else:
                found |= dict.fromkeys(differences(request, ours, theirs))
    return list(found)


def leaks_in(text: str, walk: Walk, reference: Reference, credentials: Credentials) -> bool:
    """Say whether a text holds a part of the key, or a value of an answer about the account.

    Codes stand in it on purpose, and a word of letters alone may stand anywhere by chance.
    """
    said = {credentials.api_key, credentials.secret, credentials.passphrase} - {""}
    codes = {step.code for step in walk.steps}
    for step in walk.steps:
        for seen in step.seen if step.name not in PUBLIC else ():
            kinds = {kind for some in shape_of(seen.answer.text, reference.known).values() for kind in some}
            codes |= {kind.removeprefix("code ") for kind in kinds if kind.startswith("code ")}
            values = scalars_of(seen.answer.text)
            said |= {value for value in values if len(value) >= SHORTEST and not WORD.fullmatch(value)}
    told = (value for value in said - codes - reference.known.words if value in text)
    # By itself, and not inside a longer number or word.
    return any(re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) for value in told)


def written(path: Path, report: dict[str, Any], walk: Walk, reference: Reference, credentials: Credentials) -> None:
    """Write a report into a new file that only its owner can read. Raises LeakError and FileExistsError."""
    text = json.dumps(report, indent=1, ensure_ascii=False)
    if leaks_in(text, walk, reference, credentials):
        raise LeakError
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")
