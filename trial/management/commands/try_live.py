"""Try an exchange with a real key: reading calls, one smallest order if it is wished, a report that tells no value."""

import getpass
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from connections import locations
from connections.check import observe
from connections.models import Venue
from exchanges import registry
from exchanges.errors import ExchangeError
from exchanges.spec import ExchangeSpec, Market
from exchanges.values import Credentials, NewOrder
from exchanges.wire.session import LOOP
from trial import reference, report
from trial.differences import Difference
from trial.reference import Reference
from trial.walk import StopError, Walk, WalkStep

USAGE = 64
SHOWN = 40


class TrialUsageError(Exception):
    """The call or the credentials are not what the command takes; the message never repeats them."""


class Command(BaseCommand):
    help = "Lead a real key through an exchange: ./run try_live --exchange kucoin"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exchange", required=True)
        parser.add_argument("--pair", default="BTC/USDT")
        parser.add_argument("--report", default="", help="where the report is written; a new file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._handle(options["exchange"], options["pair"], options["report"])
        except TrialUsageError as error:
            self._say(f"try_live: {error}")
            sys.exit(USAGE)

    def _handle(self, slug: str, pair: str, path: str) -> None:
        spec = _spec(slug)
        credentials, confirmed = _asked(spec) if sys.stdin.isatty() else _given(sys.stdin.read(100_000), spec)
        location = locations.location_of(spec.slug, Venue.LIVE)
        policy = locations.policy_of(spec.slug, Venue.LIVE)
        subject = observe.Subject(spec=spec, market=Market.SPOT, location=location, policy=policy)
        self._say("Asking the practice exchange for the shapes that yours will be held against…")
        expected = _expected(subject, pair)
        self._say(f"Reading calls at {spec.name}, with your key:")
        walk = Walk(subject, credentials, pair, tell=self._tell)
        try:
            self._go(walk, spec, confirmed)
        finally:
            LOOP.close()
        self._end(walk, expected, credentials, Path(path) if path else _path(spec))

    def _go(self, walk: Walk, spec: ExchangeSpec, confirmed: str | None) -> None:
        """Read, then place the one order if the person writes that it shall be."""
        try:
            LOOP.submit(walk.read()).result()
            if walk.steps[0].is_good and self._wants(LOOP.submit(walk.plan()).result(), spec, confirmed):
                LOOP.submit(walk.order()).result()
        except StopError as stop:
            self._say(f"Stopped. {stop}")
        except ExchangeError as error:
            self._say(f"Stopped: {error.trouble.cause}.")
        if walk.may_rest:
            self._say(
                f"AN ORDER MAY BE OPEN. Look at your open orders of {walk.pair} at {spec.name} and cancel it there."
            )

    def _wants(self, order: NewOrder, spec: ExchangeSpec, confirmed: str | None) -> bool:
        phrase = f"place one order on {spec.slug}"
        what = f"{order.quantity:f} {order.pair.partition('/')[0]} at {order.price:f}"
        self._say(f"Next, if you wish: one limit buy of {what}, far below the market (nearer if it must be).")
        self._say(
            "It is found by both ids, cancelled, and found cancelled. If it is too small, up to 11 dollars’ worth."
        )
        if confirmed is None:
            confirmed = input(f"Type “{phrase}” to do it, anything else to end: ")
        if confirmed.strip() != phrase:
            self._say("No order was placed.")
        return confirmed.strip() == phrase

    def _tell(self, step: WalkStep) -> None:
        code = f" ({report.code_said(step.code)})" if step.code else ""
        self._say(f"  {'✓' if step.is_good else '✗'} {step.name}: {step.said}{code}")

    def _end(self, walk: Walk, expected: Reference, credentials: Credentials, path: Path) -> None:
        prefix = urlsplit(walk.subject.location.base).path.rstrip("/") if walk.subject.location.base else ""
        found = report.found_in(walk, expected, prefix)
        self._say(_differences(found))
        whole = report.report_of(walk, expected, made=timezone.now().date(), prefix=prefix)
        try:
            report.written(path, whole, walk, expected, credentials)
        except report.LeakError:
            self._say("The report was not written: it would have held a value of an answer. Please tell us.")
            sys.exit(1)
        except FileExistsError:
            self._say("The report was not written: that file is there already. Name another with --report.")
            sys.exit(1)
        self._say(f"Report: {path} (keys, types, lengths and codes; no value of yours: you can show it to anybody)")
        sys.exit(0 if all(step.is_good for step in walk.steps) else 1)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _spec(slug: str) -> ExchangeSpec:
    if slug not in registry.BY_SLUG:
        raise TrialUsageError(f"--exchange must be one of {', '.join(registry.BY_SLUG)}")
    return registry.get(slug)


def _asked(spec: ExchangeSpec) -> tuple[Credentials, None]:
    """Ask for each credential without showing it; one of several lines ends with an empty one."""
    given = {}
    for one in spec.credentials:
        lines = [getpass.getpass(f"{one.label}: ")]
        while one.multiline and lines[-1].strip():
            lines.append(getpass.getpass("… (an empty line ends it): "))
        given[one.name] = "\n".join(lines)
    return _made(given, spec), None


def _given(text: str, spec: ExchangeSpec) -> tuple[Credentials, str]:
    """Read them from standard input, with the sentence that wishes for an order, if there is one."""
    try:
        given = json.loads(text)
        return _made(given, spec), str(given.get("confirm", ""))
    except (ValueError, AttributeError, RecursionError):
        raise TrialUsageError('give {"api_key": …, "secret": …, "passphrase": …} as JSON on standard input') from None


def _made(given: dict[str, str], spec: ExchangeSpec) -> Credentials:
    try:
        return Credentials(**{one.name: one.normalise(given[one.name].strip()) for one in spec.credentials})
    except (KeyError, TypeError, AttributeError):
        names = ", ".join(one.name for one in spec.credentials)
        raise TrialUsageError(f"{spec.name} keys have {names}: one of them is missing") from None


def _expected(subject: observe.Subject, pair: str) -> Reference:
    with reference.practice() as url:
        keys = reference.keys_of(url, subject.spec.family)
        walked = LOOP.submit(reference.walks(subject.spec, subject, url, keys, pair)).result()
    return reference.reference(subject.spec, walked, prefix=f"/{subject.spec.family}")


def _differences(found: list[Difference]) -> str:
    if not found:
        return "No difference from what we expect."
    lines = [f"  {one.request} {one.path or '(whole)'}: ours {one.ours} / sent {one.theirs}" for one in found[:SHOWN]]
    more = f"\n  … and {len(found) - SHOWN} more, in the report" if len(found) > SHOWN else ""
    return f"{len(found)} differences from what we expect:\n" + "\n".join(lines) + more


def _path(spec: ExchangeSpec) -> Path:
    now = timezone.now()
    return Path(settings.VAR_DIR) / f"try_live-{spec.slug}-{now:%Y%m%d-%H%M%S}.json"
