"""What our practice exchange answers on the same way: the shapes and the words that a real one is held against."""

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from connections.check.facts import Policy
from connections.check.observe import Subject
from exchanges.location import Location
from exchanges.spec import ExchangeSpec
from exchanges.values import Credentials
from trial.shapes import Shape, Vocabulary, fields_of, parts_of, request_of, shape_of, words_of
from trial.walk import StopError, Walk, WalkStep

SECONDS_TO_START = 20
# Try-out keys whose answers are looked at: one without an IP list, and the good one of each kind of account.
CASES = ("good", "no_ip_list", "unified")
FIELDS = ("api_key", "secret", "passphrase")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Shapes by step and request; `parts` are the words in paths."""

    shapes: Mapping[tuple[str, str], Shape]
    known: Vocabulary
    parts: frozenset[str]

    def of(self, step: str, request: str) -> Shape | None:
        """Return what is expected of a request in a step, or in any other where it was met there."""
        if (step, request) in self.shapes:
            return self.shapes[step, request]
        found = [shape for (_, other), shape in self.shapes.items() if other == request]
        return merged(found) if found else None


@contextmanager
def practice() -> Iterator[str]:
    """Start a practice exchange in memory, and stop it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "practice", "--port", str(port), "--state", ":memory:"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def keys_of(url: str, slug: str) -> list[Credentials]:
    """Return the try-out keys to look with, once the practice exchange answers."""
    until = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urllib.request.urlopen(f"{url}/keys.json", timeout=5) as answer:  # noqa: S310 - our own loopback server
                keys = json.load(answer)[slug]
                break
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
    shown = [keys[case] for case in CASES if case in keys]
    return [Credentials(**{name: row[name] for name in FIELDS if row.get(name)}) for row in shown]


async def walks(spec: ExchangeSpec, subject: Subject, url: str, keys: Iterable[Credentials], pair: str) -> list[Walk]:
    """Go the same way there, before and after an order that fills and one that rests and is cancelled."""
    base = f"{url}/{spec.family}"
    location = Location(base=base, futures=f"{base}-futures")
    there = replace(subject, location=location, policy=Policy(our_ips=("127.0.0.1",)))
    found = []
    for credentials in keys:
        walk = Walk(there, credentials, pair)
        with contextlib.suppress(StopError):
            await walk.read()
            await walk.trade()
            await walk.order()
            await walk.read()
        found.append(walk)
    return found


def reference(spec: ExchangeSpec, done: Iterable[Walk], prefix: str = "") -> Reference:
    """Make of what was seen there what may be said of a real exchange."""
    walked = list(done)
    steps = [step for walk in walked for step in walk.steps]
    names = {name for walk in walked for name in walk.names}
    texts = [seen.answer.text for step in steps for seen in step.seen]
    known = Vocabulary(
        words=frozenset(word for text in texts for word in words_of(text, names)),
        fields=frozenset(name for text in texts for name in fields_of(text, names)),
        codes=code_places(spec),
    )
    parts = frozenset(part for step in steps for seen in step.seen for part in parts_of(seen.path)) - names
    return Reference(shapes=_shapes(steps, known, parts, prefix), known=known, parts=parts)


def code_places(spec: ExchangeSpec) -> frozenset[str]:
    """Return where an exchange says its codes, as places in an answer; an id is no code."""
    table = spec.errors
    inside = [f"{table.list_key}[].{name}" for name in table.code_keys] if table.list_key else []
    paths = (*table.code_keys, *inside, *spec.trading.codes)
    dotted = (".".join("[]" if part.isdigit() else part for part in path.split(".")) for path in paths)
    return frozenset(path.replace(".[]", "[]") for path in dotted if path.rpartition(".")[2] != "id")


def _shapes(
    steps: Iterable[WalkStep], known: Vocabulary, parts: frozenset[str], prefix: str
) -> dict[tuple[str, str], Shape]:
    found: dict[tuple[str, str], list[Shape]] = defaultdict(list)
    for step in steps:
        for seen in step.seen:
            request = request_of(seen.method, seen.path.removeprefix(prefix), parts)
            found[step.name, request].append(shape_of(seen.answer.text, known))
    return {key: merged(shapes) for key, shapes in found.items()}


def merged(shapes: Iterable[Shape]) -> Shape:
    whole: Shape = defaultdict(set)
    for shape in shapes:
        for path, kinds in shape.items():
            whole[path] |= kinds
    return dict(whole)
