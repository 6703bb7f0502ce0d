"""Whole checks against the practice exchange, without a database: what is asked is HTTP, what comes back is judged."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from connections.check.facts import Facts, Policy
from connections.check.observe import Subject, observe
from connections.check.verdict import Verdict, judge
from exchanges import registry
from exchanges.location import Location
from exchanges.spec import ExchangeSpec, Market
from exchanges.values import Credentials
from exchanges.wire.session import LOOP

WIRE = Path(__file__).parent / "bodies"
OURS = ("127.0.0.1",)
FIELDS = ("api_key", "secret", "passphrase")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A check as its findings tell it."""

    facts: Facts

    @property
    def verdict(self) -> Verdict:
        return judge(self.facts).verdict

    @property
    def codes(self) -> list[str]:
        return [one.code for one in judge(self.facts).findings]

    @property
    def decisive(self) -> list[str]:
        """Return the codes that keep the key from being Online."""
        return [one.code for one in judge(self.facts).findings if one.level in ("blocker", "temporary")]

    @property
    def text(self) -> str:
        return " ".join(f"{one.text} {one.hint}" for one in judge(self.facts).findings)


def location_at(base: str, slug: str) -> Location:
    return Location(base=f"{base}/{slug}", futures=f"{base}/{slug}-futures")


def check(
    base: str,
    slug: str,
    keys: Mapping[str, str],
    *,
    market: Market = Market.SPOT,
    policy: Policy | None = None,
    location: Location | None = None,
    seconds: float = 15.0,
) -> Outcome:
    """Run one whole check; raises what leaves the adapter, which must be nothing."""
    subject = Subject(
        spec=registry.get(slug),
        market=market,
        location=location or location_at(base, slug),
        policy=policy or Policy(our_ips=OURS),
        deadline_seconds=seconds,
    )
    credentials = Credentials(**{name: keys[name] for name in FIELDS if name in keys})
    today = datetime.now(tz=UTC).date()
    facts = LOOP.submit(_whole(subject, credentials, today)).result(seconds + 5)
    return Outcome(facts=facts)


async def _whole(subject: Subject, credentials: Credentials, today: Any) -> Facts:
    async with asyncio.timeout(subject.deadline_seconds + 2):
        return await observe(subject, credentials, today=today)


@cache
def recorded(slug: str, name: str = "errors.json") -> list[dict[str, Any]]:
    """Return recorded refusals; [] for an exchange that has none of this kind."""
    path = WIRE / slug / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def futures_of(spec: ExchangeSpec) -> bool:
    return Market.FUTURES in spec.markets
