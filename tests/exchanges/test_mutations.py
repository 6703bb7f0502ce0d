"""Hostile data corrupts nothing: recorded answers of every exchange, changed by chance, end in values or in a trouble.

`LONG=1` makes 10,000 of them; a failure names its number, and REPLAY=n plays that one alone.
"""

import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import pytest

from connections.check.progress import evidence_of
from connections.check.verdict import judge
from exchanges.errors import ExchangeError, RawAnswer
from exchanges.values import OrderNotSentError, OrderUnknownError
from exchanges.wire.session import LOOP
from tests.exchanges.asking import check
from tests.exchanges.replaying import Canned, Replay, stage_of
from tests.exchanges.trading import WALKS, Trader

IS_LONG = bool(os.environ.get("LONG"))
EACH = 10_000 // len(WALKS) + 1 if IS_LONG else 40
# What stands here is written into the text as it is, where json would not write it.
RAW = {
    "@nan@": "NaN",
    "@infinite@": "-Infinity",
    "@huge@": "1e999999",
    "@long@": "9" * 5_000,
    "@longtext@": '"' + "9" * 5_000 + '"',
    "@minus@": "-0",
    "@tiny@": "1e-400",
    "@nul@": '"\\u0000\\ud800x"',
    "@bidi@": '"\\u202e<script>"',
}
VALUES: tuple[Any, ...] = (
    *RAW,
    *(None, True, False, [], {}, "", "0", -1, "-1", "NaN", "Infinity", "1e999", "null", " 1 ", "1,5", "0x1f", 10**30),
    *({"a": {"b": []}}, [[[]]], ["1"], "XXX", 1.5, "२", "9" * 40),
)


def nodes(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each part of a JSON value."""
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inside:
        yield from nodes(part, (*at, name))


def put(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    """Return the value with another part there."""
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = put(copy[at[0]], at[1:], new)
    return copy


def mutated(text: str, chance: random.Random) -> bytes:
    """Change one to three parts of an answer, or its text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text.encode()
    for _ in range(chance.randint(1, 3)):
        places = list(nodes(value))
        at = chance.choice(places)
        how = chance.random()
        if how < 0.1 and at:
            value = put(value, at, [part_of(value, at)] * 3)
        elif how < 0.15:
            value = put(value, at, "x" * 1_000_000)
        else:
            value = put(value, at, chance.choice(VALUES))
    body = json.dumps(value)
    for name, raw in RAW.items():
        body = body.replace(f'"{name}"', raw)
    if chance.random() < 0.1 and body.startswith("{"):
        # The same name twice.
        body = body[:-1] + "," + body[1:] if len(body) > 2 else body
    cut = chance.random() < 0.05
    return body[: chance.randrange(len(body) + 1)].encode() if cut else body.encode()


def part_of(value: Any, at: tuple[Any, ...]) -> Any:
    for name in at:
        value = value[name]
    return value


def wrong(value: Any) -> Iterator[str]:
    """Yield what must never be stored: floats, numbers that are not finite, characters that no column takes."""
    if isinstance(value, float):
        yield f"a float {value}"
    elif isinstance(value, Decimal) and not value.is_finite():
        yield f"{value}"
    elif isinstance(value, str) and any(one == "\x00" or "\ud800" <= one <= "\udfff" for one in value):
        yield repr(value)[:80]
    for part in parts_of(value):
        yield from wrong(part)


def parts_of(value: Any) -> list[Any]:
    if is_dataclass(value):
        return [getattr(value, one.name) for one in fields(value)]
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []


def chances(walk: str) -> Iterator[tuple[int, random.Random]]:
    only = os.environ.get("REPLAY")
    for number in [int(only)] if only else range(EACH):
        yield number, random.Random(f"{walk} {number}")


def hostile(chance: random.Random) -> Callable[[str, RawAnswer], Canned]:
    """Change about every other answer, so that what comes after it is reached too."""

    def change(_method: str, answer: RawAnswer) -> Canned:
        return Canned(answer.status, mutated(answer.text, chance) if chance.random() < 0.5 else answer.text.encode())

    return change


@pytest.mark.services
def test_whatever_an_exchange_answers_the_desk_gives_values_or_a_trouble(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, walk = stage_of(trader, monkeypatch), f"{trader.slug} {trader.kind}"
    outcomes = Counter[str]()
    for number, chance in chances(walk):
        act = chance.choice(sorted(stage.acts))
        stage.replay.change = hostile(chance)
        try:
            told = stage.play(act)
        except (ExchangeError, OrderUnknownError) as error:
            outcomes[type(error).__name__] += 1
            told = error.trouble
        except OrderNotSentError:
            # What it must know of the account before the first order was not told.
            outcomes["OrderNotSentError"] += 1
            told = None
        except Exception as error:
            pytest.fail(f"REPLAY={number} {walk} {act}: {error!r}"[:400])
        else:
            outcomes["values"] += 1
        assert not (found := list(wrong(told))), f"REPLAY={number} {walk} {act}: {found[:3]}"

    sys.stdout.write(f"figure: {walk}: {sum(outcomes.values())} answers to the desk, {dict(outcomes)}\n")
    assert outcomes["values"]
    assert outcomes["ExchangeError"]


@pytest.mark.services
def test_whatever_an_exchange_answers_a_check_ends_in_a_verdict(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {name: getattr(trader.credentials, name) for name in ("api_key", "secret", "passphrase")}
    recorded: dict[tuple[str, str], list[RawAnswer]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchanges.wire.session.RawAnswer", lambda **values: _noted(recorded, values))
        check(trader.rig.base, trader.slug, keys)
    replay, walk, verdicts = Replay(recorded), f"{trader.slug} {trader.kind}", Counter[str]()
    monkeypatch.setattr(LOOP, "http", lambda **_: replay)
    for number, chance in chances(walk):
        replay.asked.clear()
        replay.change = hostile(chance)
        try:
            outcome = check(trader.rig.base, trader.slug, keys)
            kept = json.dumps(evidence_of(outcome.facts).as_json(), allow_nan=False)
            verdict = judge(outcome.facts)
        except Exception as error:
            pytest.fail(f"REPLAY={number} {walk}: {error!r}"[:400])
        verdicts[verdict.verdict] += 1
        found = [*wrong(list(verdict.findings)), *wrong(json.loads(kept))]
        assert not found, f"REPLAY={number} {walk}: {found[:3]}"

    sys.stdout.write(
        f"figure: {walk}: {sum(verdicts.values())} checks, { ({str(one): many for one, many in verdicts.items()}) }\n"
    )
    assert len(verdicts) > 1


def _noted(recorded: dict[tuple[str, str], list[RawAnswer]], values: dict[str, Any]) -> RawAnswer:
    answer = RawAnswer(**values)
    method, _, path = answer.asked.partition(" ")
    recorded.setdefault((method, path), []).append(answer)
    return answer
