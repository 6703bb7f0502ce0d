"""Three hosts of workers over one database and one broker: one is cut off, one stands still, one is killed.

Each host is a network namespace of its own inside the rehearsal's, with workers of each kind and a clock. While bots
trade, a host fails; others must take over what it had, and when it is back it must do nothing with what it had decided.
"""

import contextlib
import itertools
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from chaos import processes
from chaos.control import Control
from chaos.processes import Process
from rehearsal import enclosure

if TYPE_CHECKING:
    from connections.models import Connection

BRIDGE, BASE = "hosts", "10.77.0.1"
ADDRESSES = ("10.77.0.11", "10.77.0.12", "10.77.0.13")
NETWORK = "10.77.0.0/24"
DATABASE, BROKER, EXCHANGE = 5432, 6379, 8100
PARTS = (
    ("backfuture.worker", "orders"),
    ("backfuture.worker", "prices"),
    ("backfuture.worker", "checks"),
    ("backfuture.beat",),
)
# A host that fails stays away longer than every lease, so that it wakes with claims that others have by then.
AWAY_SECONDS = 12.0
TAKEN_OVER_WITHIN, PATIENCE_SECONDS = 10.0, 60.0
# Twelve processes, the bases and the exchange itself share what cores there are.
TRADED = ("binance", "kucoin", "okx")
PAIRS = ("XRP/USDT", "ADA/USDT", "LINK/USDT")


def environment() -> dict[str, str]:
    """Return what programs on these hosts are told."""
    return {
        "PRACTICE_URL": f"http://{BASE}:{EXCHANGE}",
        "REDIS_URL": f"redis://{BASE}:{BROKER}/0",
        "DATABASE_URL": f"postgres://postgres@{BASE}:{DATABASE}/postgres",
        # Above the exchanges' receive windows of five seconds: behind a cable that is pulled, orders wait.
        "ORDER_ABSENT_AFTER_SECONDS": "7",
    }


@dataclass
class Host:
    """A namespace with an address, joined to the others by a cable that can be pulled."""

    number: int
    address: str
    log: Path
    parts: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _keeper: subprocess.Popen[bytes] | None = None

    @property
    def cable(self) -> str:
        return f"cable{self.number}"

    def build(self) -> None:
        self._keeper = subprocess.Popen(["/usr/bin/env", "unshare", "--net", "sleep", "infinity"])
        inside, ours = f"inside{self.number}", Path("/proc/self/ns/net").readlink()
        # Not before it has a network of its own: the cable's end would stay in ours.
        namespace = Path(f"/proc/{self._keeper.pid}/ns/net")
        processes.wait_until(lambda: namespace.readlink() != ours, "a namespace")
        enclosure.run_command("ip", "link", "add", self.cable, "type", "veth", "peer", "name", inside)
        enclosure.run_command("ip", "link", "set", self.cable, "master", BRIDGE, "up")
        enclosure.run_command("ip", "link", "set", inside, "netns", str(self._keeper.pid))
        for words in (
            ("addr", "add", f"{self.address}/24", "dev", inside),
            ("link", "set", inside, "up"),
            ("link", "set", "lo", "up"),
        ):
            enclosure.run_command(*self._inside(), "ip", *words)

    def start(self) -> None:
        for module, *kind in PARTS:
            command = [*self._inside(), sys.executable, "-m", module, *kind]
            with self.log.open("ab") as log:
                self.parts.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=settings.BASE_DIR))

    def send(self, number: signal.Signals) -> None:
        for part in self.parts:
            with contextlib.suppress(ProcessLookupError):
                part.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        for part in self.parts:
            part.wait()
        self.parts.clear()

    def pull(self) -> None:
        enclosure.run_command("ip", "link", "set", self.cable, "down")

    def plug(self) -> None:
        enclosure.run_command("ip", "link", "set", self.cable, "up")

    def remove(self) -> None:
        self.kill()
        if self._keeper:
            self._keeper.kill()
            self._keeper.wait()

    def _inside(self) -> list[str]:
        assert self._keeper is not None
        return ["nsenter", f"--net=/proc/{self._keeper.pid}/ns/net"]


@dataclass
class Failing:
    """One way in which a host fails; `kill` begins it, `start` waits until others do its work, and ends it."""

    name: str
    begin: Callable[[], None]
    end: Callable[[], None]
    ask: Callable[[], list[int]]
    taken: list[float] = field(default_factory=list)
    _began: float = 0.0
    _asked: list[int] = field(default_factory=list)
    _claims: list[str] = field(default_factory=list)

    def kill(self) -> None:
        from strategies.models import Bot

        self.begin()
        self._began = time.monotonic()
        self._claims = list(Bot.objects.exclude(claim="").values_list("claim", flat=True))
        self._asked = self.ask()

    def start(self) -> None:
        from chaos.trading import persist

        deadline = self._began + PATIENCE_SECONDS
        while persist(self._is_waiting) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.taken.append(round(time.monotonic() - self._began, 1))
        time.sleep(max(0.0, self._began + AWAY_SECONDS - time.monotonic()))
        self.end()

    def _is_waiting(self) -> bool:
        """Say whether an alert that came as it failed was not acted upon, or a bot is held as it was held then."""
        from strategies.choices import SignalState
        from strategies.models import Bot, Signal

        alerts = Signal.objects.filter(pk__in=self._asked).exclude(state=SignalState.HANDLED)
        return alerts.exists() or Bot.objects.filter(claim__in=self._claims).exists()


class InTurn:
    """One way to fail after the other."""

    def __init__(self, ways: Sequence[Failing]) -> None:
        self._ways = itertools.cycle(ways)
        self._now = next(self._ways)

    @property
    def name(self) -> str:
        return self._now.name

    def kill(self) -> None:
        self._now.kill()

    def start(self) -> None:
        self._now.start()
        self._now = next(self._ways)


def ways_to_fail(hosts: Sequence[Host], ask: Callable[[], list[int]]) -> list[Failing]:
    cut, stopped = hosts[0], hosts[1]
    return [
        Failing("a host that is cut off", cut.pull, cut.plug, ask),
        Failing(
            "a host that stands still",
            partial(stopped.send, signal.SIGSTOP),
            partial(stopped.send, signal.SIGCONT),
            ask,
        ),
        Failing("a host that is killed", hosts[2].kill, hosts[2].start, ask),
    ]


def alerts_for(connections: Iterable["Connection"]) -> Callable[[], list[int]]:
    """Make a bot on each connection that waits for alerts; return what sends an alert to each of them."""
    from accounts.by import PRODUCT
    from chaos import stage
    from chaos.trading import persist
    from strategies.signals import inbox

    numbers = itertools.count()
    tokens = []
    for connection in connections:
        bot = stage.add_bot(connection, f"{connection.exchange} alerts", PAIRS, entry_source="webhook")
        tokens.append(inbox.make_address(bot, by=PRODUCT))

    def alert(token: str) -> int:
        number = next(numbers)
        told = {"pair": PAIRS[number % len(PAIRS)], "direction": "long", "id": str(number)}
        signal_ = inbox.receive(token, json.dumps(told).encode(), now=timezone.now())
        assert signal_ is not None
        return signal_.pk

    return lambda: [persist(partial(alert, token)) for token in tokens]


@contextmanager
def opened(var: Path) -> Iterator[list[Host]]:
    """Join the hosts, start the bases and then the workers; stop it all afterwards."""
    from django.core.management import call_command

    enclosure.close()
    enclosure.run_command("ip", "link", "add", BRIDGE, "type", "bridge")
    enclosure.run_command("ip", "addr", "add", f"{BASE}/24", "dev", BRIDGE)
    enclosure.run_command("ip", "link", "set", BRIDGE, "up")
    hosts = [Host(number, address, var / f"host{number}.log") for number, address in enumerate(ADDRESSES, 1)]
    with ExitStack() as stack:
        for base in _bases(var):
            stack.callback(base.kill)
            base.start()
        call_command("migrate", verbosity=0)
        for host in hosts:
            stack.callback(host.remove)
            host.build()
            host.start()
        yield hosts


def _bases(var: Path) -> list[Process]:
    """Return database, broker and exchange as they are for one machine, at an address that the hosts reach."""
    broker, exchange = processes.broker(var), processes.practice(var, EXCHANGE)
    broker.command += ["--port", str(BROKER), "--bind", BASE, "--protected-mode", "no"]
    exchange.command += ["--host", "0.0.0.0", "--own-ips", ",".join((BASE, *ADDRESSES))]  # noqa: S104 - no way out
    database = processes.postgres(var, DATABASE)
    assert database is not None
    database.command += ["-c", f"listen_addresses=127.0.0.1,{BASE}"]
    with (var / "postgres" / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {NETWORK} trust\n")
    return [database, broker, exchange]


def rehearse(var: Path, *, rounds: int, seed: int, tell: Callable[[str], None]) -> tuple[list[str], bool]:
    """Let each host fail in its way, `rounds` times; return what to tell, and whether all is as it must be."""
    from chaos import trading

    with opened(var) as hosts:
        control = Control(f"http://127.0.0.1:{EXCHANGE}")
        bots = trading.prepare(control, ips=(BASE, *ADDRESSES), exchanges=TRADED)
        accounts = {bot.connection_id: bot.connection.account_uid for bot in bots}
        victims = ways_to_fail(hosts, alerts_for({bot.connection for bot in bots}))
        kills = rounds * len(victims)
        report = trading.rehearse(control, [InTurn(victims)], bots, accounts, kills=kills, seed=seed, tell=tell)
    told = [
        f"{one.name}: its work was taken over within {max(one.taken, default=0):g} s ({len(one.taken)} times)"
        for one in victims
    ]
    is_quick = all(one.taken and max(one.taken) <= TAKEN_OVER_WITHIN for one in victims)
    return [*told, *trading.lines(report)], is_quick and report.is_clean
