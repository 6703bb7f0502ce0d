"""chaos: rehearse the worst. `./run chaos trading` kills processes while bots trade, `checks` while keys are tested,
`alerts` while alerts come and stops are thrown, `messages` while people are told."""

import json
import random
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from chaos import alerts, checks, messages, processes, running, trading, world
from chaos.control import Control
from chaos.processes import Victim

# What a run found, and the lines that tell it.
Found = tuple[trading.ChaosReport | checks.CheckedReport | messages.MessagesReport, Iterable[str]]


class Command(BaseCommand):
    help = "Kill workers, clocks, broker, database and practice exchange at random, then compare all books or verdicts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=["trading", "checks", "alerts", "messages"])
        parser.add_argument("--kills", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=None)
        parser.add_argument("--only", default="", help='let these alone fail: "worker", "paused worker", "database", …')
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--inside", action="store_true", help="used by the command itself")

    def handle(self, *args: object, name: str, inside: bool, kills: int, seed: int | None, **options: Any) -> None:
        if not inside:
            sys.exit(self._in_a_world_of_its_own())
        seed = secrets.randbelow(1_000_000) if seed is None else seed
        self.stderr.write(f"seed {seed}")
        ways = {"trading": self._trade, "checks": self._check, "alerts": self._alert, "messages": self._message}
        rehearse: Callable[..., Found] = ways[name]
        with running.world(settings.VAR_DIR) as known:
            victims = [victim for victim in known if options["only"] in ("", victim.name)]
            report, lines = rehearse(Control(settings.PRACTICE_URL), victims, kills, seed)
        self.stdout.write(json.dumps(asdict(report)) if options["json"] else "\n".join(lines))
        if not report.is_clean:
            sys.exit(1)

    def _in_a_world_of_its_own(self) -> int:
        pace = {"ORDER_ABSENT_AFTER_SECONDS": "3", "WORKER_CONCURRENCY": "12", "TRADING_LEASE_SECONDS": "2"}
        # Where a rehearsal of messages listens.
        pace["NTFY_SERVERS"] = f"http://127.0.0.1:{processes.free_port()}"
        again = [sys.executable, "manage.py", *sys.argv[1:], "--inside"]
        with world.begun(more=pace, is_postgres=world.has_postgres()) as environment:
            return subprocess.run(again, env=environment, cwd=settings.BASE_DIR, check=False).returncode

    def _trade(self, control: Control, victims: Sequence[Victim], kills: int, seed: int) -> Found:
        bots = trading.prepare(control)
        accounts = {bot.connection_id: bot.connection.account_uid for bot in bots}
        report = trading.rehearse(control, victims, bots, accounts, kills=kills, seed=seed, tell=self.stderr.write)
        return report, trading.lines(report)

    def _alert(self, control: Control, victims: Sequence[Victim], kills: int, seed: int) -> Found:
        bots = trading.prepare(control, **alerts.SETTINGS)
        accounts = {bot.connection_id: bot.connection.account_uid for bot in bots}
        coming = alerts.begin(bots, random.Random(seed))
        report = trading.rehearse(
            control, victims, bots, accounts, kills=kills, seed=seed, tell=self.stderr.write, alerts=coming
        )
        return report, trading.lines(report)

    def _check(self, control: Control, victims: Sequence[Victim], kills: int, seed: int) -> Found:
        cases = checks.prepare(control)
        report = checks.rehearse(control, victims, cases, kills=kills, seed=seed, tell=self.stderr.write)
        return report, checks.lines(report)

    def _message(self, control: Control, victims: Sequence[Victim], kills: int, seed: int) -> Found:
        people = messages.prepare(kills)
        report = messages.rehearse(victims, people, kills=kills, seed=seed, tell=self.stderr.write)
        return report, messages.lines(report)
