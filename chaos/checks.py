"""Kill processes at random while keys are checked, then hold each verdict against what its key can do.

Run in a process whose settings already point at a directory, a database and ports of its own (the command `chaos`).
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings

from accounts.by import PRODUCT
from chaos import stage
from chaos.control import Control
from chaos.processes import Process, Victim
from chaos.trading import EXCHANGES, persist, spoil, wait_until_for
from connections import errors, flows
from connections.models import UNDER_WAY, CheckRun, Connection, RunState, Trigger

# What the key of each try-out case must lead to: nothing to answer for, or the first finding that decides.
CASES: dict[str, frozenset[str]] = {
    "good": frozenset(),
    "no_ip_list": frozenset(),
    "wrong_ip": frozenset({"ip.not_allowed"}),
    "wrong_secret": frozenset({"key.secret_wrong"}),
    "read_only": frozenset({"right.trade_missing"}),
}
# Coinbase says one thing of whatever is wrong with a key; KuCoin's passphrase is signed with the secret.
SAID_OTHERWISE = {
    ("coinbase", "wrong_ip"): frozenset({"key.invalid"}),
    ("coinbase", "wrong_secret"): frozenset({"key.invalid"}),
    ("kucoin", "wrong_secret"): frozenset({"key.passphrase_wrong"}),
}
# Nothing is a verdict on the key while the exchange's answers are broken.
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "502", "method": "GET", "chance": 0.02},
    {"kind": "html_200", "method": "GET", "chance": 0.02},
)
AT_ONCE = 4
# T3 and T4 of the security bar: every check ends within its deadline and a minute.
ENDS_WITHIN = settings.CHECK_DEADLINE + timedelta(seconds=60)


@dataclass
class CheckedReport:
    """What a run found; `wrong` must be empty. `slowest` is in seconds, from the queue to the verdict."""

    seed: int
    kills: dict[str, int] = field(default_factory=dict)
    checks: int = 0
    lost_workers: int = 0
    temporary: int = 0
    slowest: float = 0
    seconds: float = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.wrong


@dataclass
class Watch:
    """Checks that were asked for and have not ended yet, by the id of their run."""

    cases: Mapping[int, frozenset[str]]
    report: CheckedReport
    pending: dict[int, Connection] = field(default_factory=dict)

    def ask(self, connection: Connection) -> None:
        try:
            run = flows.start_check(connection, trigger=Trigger.SCHEDULE, by=PRODUCT)
        except errors.AlreadyTestingError:
            return
        self.pending[run.pk] = connection

    def collect(self) -> None:
        """Judge what has ended since."""
        for run in CheckRun.objects.filter(pk__in=self.pending).exclude(state__in=UNDER_WAY):
            connection = self.pending.pop(run.pk)
            self.report.checks += 1
            self.report.lost_workers += run.reissues
            self.report.temporary += run.verdict == "temporary"
            if text := wrong_end(run, self.cases[connection.pk]):
                self.report.wrong.append(f"{connection.name}: {text}")
            if run.finished_at:
                took = run.finished_at - run.queued_at
                self.report.slowest = max(self.report.slowest, round(took.total_seconds(), 1))
                if took > ENDS_WITHIN:
                    self.report.wrong.append(f"{connection.name}: a check took {took.total_seconds():.0f} s")


def wrong_end(run: CheckRun, expected: frozenset[str], *, is_calm: bool = False) -> str:
    """Return what is wrong with how a check ended, "" if nothing; while nothing fails (calm) it must be decided."""
    first = next((one.code for one in run.findings if one.level == "blocker"), "")
    if run.state != RunState.DONE:
        return f"ended as {run.state}"
    if run.verdict == "temporary":
        return f"undecided ({run.worst.code if run.worst else ''}) though nothing failed" if is_calm else ""
    if run.verdict == "online":
        return "a key that must be refused was found good" if expected else ""
    return "" if first in expected else f"refused for {first or 'nothing'}"


def prepare(control: Control) -> dict[int, frozenset[str]]:
    """Add a connection for every case of every exchange; return what each must lead to by the connection's id."""
    tryouts = control.tryouts()
    expected = {}
    for exchange in EXCHANGES:
        for case, codes in CASES.items():
            if case in tryouts[exchange]:
                # An account of an exchange has one connection, of whichever trader.
                owner = stage.make_trader(f"{exchange}.{case}@example.test")
                connection = _add(owner, exchange, case, tryouts[exchange][case])
                expected[connection.pk] = SAID_OTHERWISE.get((exchange, case), codes)
    return expected


def _add(owner: Any, exchange: str, case: str, keys: Mapping[str, Any]) -> Connection:
    credentials = {name: keys[name] for name in ("api_key", "secret", "passphrase") if keys.get(name)}
    at = {"exchange": exchange, "venue": "practice", "market": "spot", "name": f"{exchange} {case}"}
    return flows.add_connection(owner, **at, credentials=credentials, by=PRODUCT)


def rehearse(
    control: Control,
    victims: Sequence[Victim],
    cases: Mapping[int, frozenset[str]],
    *,
    kills: int,
    seed: int,
    tell: Callable[[str], None],
) -> CheckedReport:
    """Kill `kills` times at random moments of checks, then check every key once more in peace."""
    rng, report, started = random.Random(seed), CheckedReport(seed=seed), time.monotonic()
    connections = list(Connection.objects.filter(pk__in=cases).order_by("pk"))
    watch = Watch(cases, report)
    _calm(watch, connections, "before the first kill")
    spoil(control, FAULTS)
    for number in range(1, kills + 1):
        for connection in rng.sample(connections, AT_ONCE):
            persist(lambda connection=connection: watch.ask(connection))  # type: ignore[misc]
        time.sleep(rng.uniform(0, 0.4))
        victim = rng.choice(victims)
        victim.kill()
        report.kills[victim.name] = report.kills.get(victim.name, 0) + 1
        victim.start()
        if isinstance(victim, Process) and victim.name == "practice exchange":
            persist(lambda: spoil(control, FAULTS))
        persist(watch.collect)
        if number % 50 == 0:
            tell(f"{number} kills, {report.checks} checks")
    persist(lambda: control("DELETE", "faults"))
    _finish(watch, "after the last kill")
    _calm(watch, connections, "when all was over")
    stuck = CheckRun.objects.filter(state__in=UNDER_WAY).count()
    if stuck:
        report.wrong.append(f"{stuck} checks never ended")
    report.seconds = round(time.monotonic() - started, 1)
    return report


def _finish(watch: Watch, when: str) -> None:
    """Wait until nothing is under way any more, and no longer than every check may take."""

    def is_over() -> bool:
        persist(watch.collect)
        return not CheckRun.objects.filter(state__in=UNDER_WAY).exists()

    try:
        wait_until_for(lambda: bool(persist(is_over)), ENDS_WITHIN)
    except TimeoutError:
        names = ", ".join(connection.name for connection in watch.pending.values())
        watch.report.wrong.append(f"{when} after {ENDS_WITHIN.seconds} s still under way: {names}")


def _calm(watch: Watch, connections: Sequence[Connection], when: str) -> None:
    """Check every key while nothing fails: each must be decided, and rightly.

    An exchange whose breaker is open still answers nobody for a while: its keys are asked about again.
    """
    _finish(watch, when)
    deadline, ends = time.monotonic() + ENDS_WITHIN.total_seconds(), dict.fromkeys(connections, "never checked")
    while any(ends.values()) and time.monotonic() < deadline:
        for connection in [connection for connection, text in ends.items() if text]:
            persist(lambda connection=connection: watch.ask(connection))  # type: ignore[misc]
        _finish(watch, when)
        for connection in connections:
            if run := CheckRun.objects.filter(connection=connection).history().first():
                ends[connection] = wrong_end(run, watch.cases[connection.pk], is_calm=True)
    watch.report.wrong += [f"{when}: {connection.name}: {text}" for connection, text in ends.items() if text]


def lines(report: CheckedReport) -> Iterator[str]:
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(report.kills.items()))
    yield f"seed {report.seed}: {sum(report.kills.values())} kills ({kinds}) in {report.seconds:g} s"
    yield f"{report.checks} checks, {report.lost_workers} of their workers lost, {report.temporary} undecided at first"
    yield f"slowest check {report.slowest:g} s of {ENDS_WITHIN.seconds:g}"
    yield "0 stuck, 0 wrong" if not report.wrong else "\n".join(report.wrong)
