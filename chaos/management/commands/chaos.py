"""chaos: rehearse the worst. `./run chaos trading --kills 100` kills processes while bots trade."""

import json
import secrets
import subprocess
import sys
from dataclasses import asdict

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from chaos import running, trading, world
from chaos.control import Control


class Command(BaseCommand):
    help = "Kill workers, broker, database and practice exchange at random during trading, then compare all books."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=["trading"])
        parser.add_argument("--kills", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=None)
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--inside", action="store_true", help="used by the command itself")

    def handle(self, *args: object, inside: bool, kills: int, seed: int | None, **options: object) -> None:
        if not inside:
            sys.exit(self._in_a_world_of_its_own())
        self._rehearse(kills=kills, seed=seed, is_json=bool(options["json"]))

    def _in_a_world_of_its_own(self) -> int:
        pace = {"ORDER_ABSENT_AFTER_SECONDS": "3", "WORKER_CONCURRENCY": "12", "TRADING_LEASE_SECONDS": "2"}
        again = [sys.executable, "manage.py", *sys.argv[1:], "--inside"]
        with world.begun(more=pace, is_postgres=world.has_postgres()) as environment:
            return subprocess.run(again, env=environment, cwd=settings.BASE_DIR, check=False).returncode

    def _rehearse(self, *, kills: int, seed: int | None, is_json: bool) -> None:
        seed = secrets.randbelow(1_000_000) if seed is None else seed
        self.stderr.write(f"seed {seed}")
        with running.world(settings.VAR_DIR) as victims:
            control = Control(settings.PRACTICE_URL)
            bots = trading.prepare(control)
            accounts = {bot.connection_id: bot.connection.account_uid for bot in bots}
            report = trading.rehearse(control, victims, bots, accounts, kills=kills, seed=seed, tell=self.stderr.write)
        self.stdout.write(json.dumps(asdict(report)) if is_json else "\n".join(trading.lines(report)))
        if not report.is_clean:
            sys.exit(1)
