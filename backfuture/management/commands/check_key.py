"""Check one key from standard input, without the database: JSON in, JSON out."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from connections import locations
from connections.check import observe
from connections.check.facts import Facts
from connections.check.progress import evidence_of
from connections.check.verdict import Judgement, Verdict, judge
from connections.models import Venue
from exchanges import registry
from exchanges.spec import ExchangeSpec, Market
from exchanges.values import Credentials
from exchanges.wire.session import LOOP

EXIT = {Verdict.ONLINE: 0, Verdict.ERROR: 1, Verdict.TEMPORARY: 2}
USAGE = 64


class UsageError(Exception):
    """The call or the credentials are not what the command takes; the message never repeats them."""


class Command(BaseCommand):
    help = "Check a key: ./run check_key --exchange kucoin --json < credentials.json"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--exchange", required=True)
        parser.add_argument("--market", default="spot")
        parser.add_argument("--practice", action="store_true", help="ask the practice exchange (PRACTICE_URL)")
        parser.add_argument("--json", action="store_true")

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> Any:
        parser = super().create_parser(prog_name, subcommand, **options)
        # argparse and Django would exit with 2 or 1, which here mean a verdict.
        parser.error = _usage  # type: ignore[method-assign]
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            subject = _subject(options)
            credentials = _credentials(sys.stdin.read(100_000), subject.spec)
        except UsageError as error:
            _usage(str(error))
        try:
            facts = LOOP.submit(observe.observe(subject, credentials, today=timezone.now().date())).result()
        finally:
            LOOP.close()
        judgement = judge(facts)
        report = _report(facts, judgement)
        self.stdout.write(json.dumps(report, indent=1) if options["json"] else _plain(report))
        sys.exit(EXIT[judgement.verdict])


def _usage(message: str) -> Any:
    sys.stderr.write(f"check_key: {message}\n")
    sys.exit(USAGE)


def _subject(options: dict[str, Any]) -> observe.Subject:
    slugs = ", ".join(spec.slug for spec in registry.ALL)
    if options["exchange"] not in registry.BY_SLUG:
        raise UsageError(f"--exchange must be one of {slugs}")
    spec = registry.get(options["exchange"])
    if options["market"] not in spec.markets:
        raise UsageError(f"--market must be one of {', '.join(spec.markets)}")
    venue = Venue.PRACTICE if options["practice"] else Venue.LIVE
    return observe.Subject(
        spec=spec,
        market=Market(options["market"]),
        location=locations.location_of(spec.slug, venue),
        policy=locations.policy_of(spec.slug, venue),
    )


def _credentials(text: str, spec: ExchangeSpec) -> Credentials:
    try:
        given = json.loads(text)
        fields = [one for one in spec.credentials if given.get(one.name)]
        return Credentials(**{one.name: one.normalise(given[one.name].strip()) for one in fields})
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise UsageError('give {"api_key": …, "secret": …, "passphrase": …} as JSON on standard input') from None


def _report(facts: Facts, judgement: Judgement) -> dict[str, Any]:
    evidence = evidence_of(facts).as_json()
    return {
        "verdict": judgement.verdict,
        "findings": [
            {"code": one.code, "level": one.level, "text": one.text, "hint": one.hint} for one in judgement.findings
        ],
        "rights": list(facts.rights.granted) if facts.rights else [],
        "unknown_rights": evidence["unknown"],
        "ip_list": evidence["ip_list"],
        "expires_on": evidence["expires_on"],
        "account_uid": facts.account_uid,
        "requests": facts.requests,
        "elapsed_ms": facts.elapsed_ms,
    }


def _plain(report: dict[str, Any]) -> str:
    lines = [f"{report['verdict']} ({report['requests']} requests, {report['elapsed_ms']} ms)"]
    for one in report["findings"]:
        lines.append(f"- {one['code']} ({one['level']}): {one['text']}\n  {one['hint']}")
    return "\n".join(lines)
