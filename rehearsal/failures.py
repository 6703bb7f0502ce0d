"""The last scene, what must fail: no key leaves, nothing becomes Online, and the trader reads of trouble for now."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.by import PRODUCT
from rehearsal import keys
from rehearsal.enclosure import EXCHANGE, INNER, TRAPS
from rehearsal.keys import KeyOutcome
from rehearsal.table import Table, TableCell
from rehearsal.trap import Trap
from rehearsal.world import ELSEWHERE

if TYPE_CHECKING:
    from rehearsal.bots import Seat
    from rehearsal.world import Stage

COLUMNS = ("finding", "proven before", "tried", "left")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """`leads_to` is where the exchanges' names lead; `shows` which certificate is shown there.

    `redirects`: the exchange itself answers that it has moved to another host.
    """

    name: str
    leads_to: str
    shows: str = "good"
    redirects: bool = False


FAILURES = (
    Failure(name="expired certificate", leads_to=TRAPS[0], shows="expired"),
    Failure(name="wrong name", leads_to=TRAPS[0], shows="wrong_name"),
    Failure(name="foreign authority", leads_to=TRAPS[0], shows="foreign"),
    Failure(name="redirect to another host", leads_to=EXCHANGE, redirects=True),
    Failure(name="name leads to 127.0.0.1", leads_to="127.0.0.1"),
    Failure(name=f"name leads to {INNER}", leads_to=INNER),
)


def play(stage: "Stage", slugs: Collection[str], seats: Collection["Seat"], table: Table) -> None:
    for failure in FAILURES:
        with _misled(stage, failure) as trap:
            table.put(failure.name, "proven before", stayed(_tested_again(seats), slugs))
            outcomes = _checked(stage, slugs)
            met, heard = trap.met, len(trap.heard)
        tried = len(stage.control("GET", "requests")["requests"]) if failure.redirects else met
        for column, cell in judged(failure, outcomes, slugs, tried=tried, heard=heard, met=met).items():
            table.put(failure.name, column, cell)


@contextmanager
def _misled(stage: "Stage", failure: Failure) -> Iterator[Trap]:
    """Let the names lead where they must not; the trap stands there, or where a redirect leads."""
    at = TRAPS[1] if failure.redirects else failure.leads_to
    trap = Trap(at, *getattr(stage.certificates, failure.shows))
    stage.names.lead_to(failure.leads_to, **{ELSEWHERE: at})
    stage.control("DELETE", "requests")
    if failure.redirects:
        stage.control("POST", "faults", kind="redirect", location=f"https://{ELSEWHERE}/")
    stage.renew_workers()
    _forget_trouble()
    try:
        yield trap
    finally:
        stage.names.lead_to(EXCHANGE)
        stage.control("DELETE", "faults")
        trap.close()


def _forget_trouble() -> None:
    """Let exchanges be asked that did not answer in the failure before: else nothing would be tried in this one."""
    from connections.models import ExchangePause

    ExchangePause.objects.update(is_away=False, faults=0, until=timezone.now())


def _checked(stage: "Stage", slugs: Collection[str]) -> dict[str, KeyOutcome]:
    """Let a new trader connect the good key of each exchange; it is gone again afterwards."""
    from connections import flows
    from connections.models import Connection

    trader, email = stage.trader()
    tryouts = stage.control.tryouts()
    for slug in slugs:
        keys.enter(trader, slug, keys.keys_of(slug, "good", tryouts), slug)
    found = keys.ended(email)
    for one in Connection.objects.filter(owner__email=email):
        flows.delete_connection(one, by=PRODUCT)
    return found


def _tested_again(seats: Collection["Seat"]) -> dict[str, tuple[str, str]]:
    """Let the trader of proven connections test all of them; return status and trouble of each."""
    from connections.models import Connection

    for trader in {id(one.trader): one.trader for one in seats}.values():
        trader.submit("/connections/test/")
    mine = Connection.objects.filter(pk__in=[one.connection.pk for one in seats])
    keys.wait_for_checks(mine)
    return {one.exchange: (one.status, one.trouble) for one in mine}


def stayed(found: Mapping[str, tuple[str, str]], slugs: Collection[str]) -> TableCell:
    """Say whether every proven key stays Online, with its trouble beside it: trouble says nothing about a key."""
    good = [slug for slug, (status, trouble) in found.items() if status == "online" and trouble.startswith("reach.")]
    wrong = [f"{slug}: {status} {trouble or 'without trouble'}" for slug, (status, trouble) in found.items()]
    wrong = [text for text in wrong if text.partition(":")[0] not in good]
    told = f"{len(good)} of {len(slugs)} stay online"
    return TableCell("; ".join([told, *wrong]), is_ok=len(good) == len(slugs))


def judged(
    failure: Failure, outcomes: dict[str, KeyOutcome], slugs: Collection[str], *, tried: int, heard: int, met: int
) -> dict[str, TableCell]:
    """Say what became of a failure: every check ended as trouble for now, something was tried, and nothing left."""
    wrong = {slug: outcomes.get(slug) for slug in slugs if not _is_trouble(outcomes.get(slug))}
    codes = sorted({code for one in outcomes.values() for code in one.decisive})
    told = f"{len(slugs) - len(wrong)} of {len(slugs)} {' '.join(codes)}"
    if wrong:
        told += "; " + ", ".join(f"{slug}: {one.told if one else 'no check'}" for slug, one in wrong.items())
    # Nobody may even knock inside our own network, and at another host than the exchange's.
    must_be_tried = failure.leads_to in TRAPS or failure.redirects
    is_tried = tried > 0 if must_be_tried else tried == 0
    left = met if failure.redirects else heard
    return {
        "finding": TableCell(told, is_ok=not wrong),
        "tried": TableCell(f"{tried} connections" if not failure.redirects else f"{tried} redirected", is_ok=is_tried),
        "left": TableCell("nothing" if not left else f"{left} requests", is_ok=not left),
    }


def _is_trouble(outcome: KeyOutcome | None) -> bool:
    return bool(
        outcome
        and outcome.status == "error"
        and outcome.decisive
        and all(code.startswith("reach.") and code != "reach.region" for code in outcome.decisive)
    )
