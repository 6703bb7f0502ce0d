"""rehearse: `./run rehearse live` drives the unchanged product over TLS and the exchanges' real names, where nothing
can leave this machine; docs/live.md says how to read what it tells. `./run rehearse hosts` lets hosts of workers fail
(docs/scaling.md), `./run rehearse restore` loses a machine and brings everything back on another (docs/backups.md)."""

import json
import os
import secrets
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from chaos import world as chaos_world
from chaos.world import has_postgres
from exchanges import registry
from rehearsal import enclosure, hosts, live, restore, world

# What test programs end with that were skipped.
SKIPPED = 77


class Command(BaseCommand):
    help = "Rehearse live trading where nothing can leave this machine, or the way back from a backup."
    # It starts a world of its own, with settings of its own.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=["live", "hosts", "restore"])
        parser.add_argument("--exchange", choices=[spec.slug for spec in registry.ALL], help="this one alone")
        parser.add_argument("--kills", type=int, default=30)
        parser.add_argument("--rounds", type=int, default=3, help="of hosts: how often each fails")
        parser.add_argument("--seed", type=int, default=None)
        parser.add_argument("--postgresql", action="store_true", help="restore: on PostgreSQL instead of SQLite")
        parser.add_argument("--inside", nargs="?", const="live", default="", help="used by the command itself")

    def handle(self, *args: object, name: str, inside: str, seed: int | None, **options: Any) -> None:
        seed = secrets.randbelow(1_000_000) if seed is None else seed
        if name == "restore":
            sys.exit(self._restore(inside, seed, is_postgres=options["postgresql"]))
        if not inside:
            sys.exit(self._in_a_namespace_of_its_own(is_of_hosts=name == "hosts"))
        if name == "hosts":
            sys.exit(self._rehearse_hosts(seed=seed, rounds=options["rounds"]))
        slugs = [options["exchange"]] if options["exchange"] else [spec.slug for spec in registry.ALL]
        sys.exit(self._rehearse(slugs, kills=options["kills"], seed=seed))

    def _restore(self, inside: str, seed: int, *, is_postgres: bool) -> int:
        if inside:
            self.stdout.write(json.dumps(asdict(getattr(restore, inside)(seed))))
            return 0
        self.stderr.write(f"seed {seed}")
        told = restore.rehearse(is_postgres=is_postgres, seed=seed, tell=self.stderr.write)
        self.stdout.write("\n".join(restore.lines(told)))
        return 1 if told.wrong or told.differences else 0

    def _in_a_namespace_of_its_own(self, *, is_of_hosts: bool) -> int:
        words = [sys.executable, "manage.py", *sys.argv[1:], "--inside"]
        try:
            way = enclosure.command()
        except enclosure.NoEnclosureError as told:
            return self._skipped(str(told))
        # It refuses to run as root, and where we only look like root there is no other user.
        is_postgres = has_postgres() and os.geteuid() == 0 and "--map-root-user" not in way
        if is_of_hosts:
            if not is_postgres:
                return self._skipped("hosts share a PostgreSQL of our own, which wants root and its programs")
            with chaos_world.begun(more=hosts.environment(), is_postgres=False) as environment:
                return enclosure.run([*way, *words], environment=environment, root=settings.BASE_DIR)
        with world.begun(settings.BASE_DIR, is_postgres=is_postgres) as environment:
            return enclosure.run([*way, *words], environment=environment, root=settings.BASE_DIR)

    def _skipped(self, why: str) -> int:
        self.stderr.write(f"SKIPPED: this rehearsal needs a network namespace, and here is none to be had: {why}")
        return 1 if os.environ.get("REQUIRE_LIVE") == "1" else SKIPPED

    def _rehearse_hosts(self, *, rounds: int, seed: int) -> int:
        told, is_right = hosts.rehearse(Path(settings.VAR_DIR), rounds=rounds, seed=seed, tell=self.stderr.write)
        self.stdout.write("\n".join(told))
        return 0 if is_right else 1

    def _rehearse(self, slugs: list[str], *, kills: int, seed: int) -> int:
        self.stderr.write(f"seed {seed}")
        is_postgres = "postgres" in settings.DATABASES["default"]["ENGINE"]
        report = live.rehearse(
            Path(settings.VAR_DIR), slugs, count=kills, seed=seed, is_postgres=is_postgres, tell=self.stderr.write
        )
        self.stdout.write("\n".join(report.lines()))
        return 1 if report.wrong else 0
