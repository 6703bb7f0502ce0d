"""The first scene: keys of every kind are entered in the browser and judged by the worker, over the live road."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from exchanges import registry
from exchanges.spec import Market
from practice.dialects import BY_SLUG
from rehearsal.table import NOTHING, Table, TableCell
from rehearsal.waiting import wait_for

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from connections.models import Connection
    from rehearsal.browser import Browser
    from rehearsal.world import Stage

# What the key of each case must lead to; the good ones have nothing to answer for.
GOOD = frozenset[str]()
REFUSED = {
    "good": GOOD,
    "futures": GOOD,
    "sites": GOOD,
    "withdraw": frozenset({"right.withdraw"}),
    "wrong_ip": frozenset({"ip.not_allowed"}),
    "unknown": frozenset({"key.invalid", "key.wrong_site"}),
}
CASES = ("good", "withdraw", "wrong_ip", "unknown", "futures", "sites")
# Coinbase says of an address that is not listed what it says of a wrong key.
SAID_OTHERWISE = {("coinbase", "wrong_ip"): frozenset({"key.invalid"})}
CHECKED_WITHIN = 60.0


@dataclass(frozen=True)
class KeyOutcome:
    """How a check ended: the connection's status, and the codes that decided it."""

    status: str
    decisive: tuple[str, ...]

    @property
    def told(self) -> str:
        return self.status if self.status == "online" and not self.decisive else " ".join(self.decisive) or self.status


def judged(slug: str, case: str, outcome: KeyOutcome) -> TableCell:
    """Hold a check's end against what the key of this case must lead to."""
    expected = SAID_OTHERWISE.get((slug, case), REFUSED[case])
    if not expected:
        return TableCell(outcome.told, is_ok=outcome == KeyOutcome("online", ()))
    is_right = outcome.status == "error" and bool(outcome.decisive) and outcome.decisive[0] in expected
    return TableCell(outcome.told, is_ok=is_right)


def keys_of(slug: str, case: str, tryouts: Any) -> dict[str, str]:
    """Return the credentials of a case; those of "unknown" have the right form, and no exchange has ever seen them."""
    if case == "unknown":
        return {
            name: text for name, text in BY_SLUG[slug].credentials(Random(f"stranger {slug}"))._asdict().items() if text
        }
    shown = tryouts[slug]["good" if case == "sites" else case]
    return {name: shown[name] for name in ("api_key", "secret", "passphrase") if shown[name]}


def enter(trader: "Browser", slug: str, keys: dict[str, str], name: str, *, market: Market = Market.SPOT) -> None:
    """Add a live connection in the browser, as a trader does."""
    trader.submit(f"/connections/add/{slug}/", venue="live", market=market.value, name=name, **keys)


def outcome_of(connection: "Connection") -> KeyOutcome:
    run = connection.shown_run
    findings = run.findings if run else []
    return KeyOutcome(connection.status, tuple(one.code for one in findings if one.level in ("blocker", "temporary")))


def ended(email: str) -> dict[str, KeyOutcome]:
    """Wait until no check of a trader's connections is under way; return how each ended, by the connection's name."""
    from connections.models import Connection

    mine = Connection.objects.filter(owner__email=email, deleted_at=None)
    wait_for_checks(mine)
    return {one.name: outcome_of(one) for one in mine.select_related("shown_run")}


def wait_for_checks(connections: "QuerySet[Connection]") -> None:
    wait_for(lambda: not connections.exclude(testing_run=None).exists(), CHECKED_WITHIN, "checks to end")


def has(slug: str, case: str) -> bool:
    spec = registry.get(slug)
    return {"futures": Market.FUTURES in spec.markets, "sites": bool(spec.sites)}.get(case, True)


def play(stage: "Stage", slugs: Collection[str], table: Table) -> None:
    trader, email = stage.trader()
    tryouts = stage.control.tryouts()
    for slug in slugs:
        for case in CASES:
            if not has(slug, case):
                table.put(slug, case, NOTHING)
            elif case == "sites":
                for site in registry.sites_of(registry.get(slug))[1:]:
                    enter(trader, site.slug, keys_of(slug, case, tryouts), f"{slug} sites {site.slug}")
            else:
                market = Market.FUTURES if case == "futures" else Market.SPOT
                enter(trader, slug, keys_of(slug, case, tryouts), f"{slug} {case}", market=market)
    put(table, ended(email))
    for slug, cell in asked(stage.control("GET", "requests")["requests"], slugs).items():
        table.put(slug, "hosts", cell)


def put(table: Table, found: Mapping[str, KeyOutcome]) -> None:
    """Fill in a cell for each case; of sites, that of the worst."""
    cells: dict[tuple[str, str], list[TableCell]] = {}
    for name, outcome in found.items():
        slug, case = name.split()[:2]
        cells.setdefault((slug, case), []).append(judged(slug, case, outcome))
    for (slug, case), some in cells.items():
        good = TableCell(f"{len(some)} online", is_ok=True) if case == "sites" else some[0]
        table.put(slug, case, next((cell for cell in some if not cell.is_ok), good))


def asked(requests: Iterable[Mapping[str, Any]], slugs: Collection[str]) -> dict[str, TableCell]:
    """Say by how many of its real names each exchange was asked; another name would be another road."""
    names: dict[str, set[str]] = {slug: set() for slug in slugs}
    for row in requests:
        names.setdefault(row["slug"], set()).add(row["name"])
    real = {slug: {host for hosts in BY_SLUG[slug].hosts.values() for host in hosts} for slug in names}
    foreign = {slug: sorted(some - real[slug]) for slug, some in names.items()}
    return {
        slug: TableCell(" ".join(foreign[slug]) or f"{len(some)} real", is_ok=bool(some) and not foreign[slug])
        for slug, some in names.items()
    }
