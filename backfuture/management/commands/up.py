"""up: prepare the database and hand over to the supervisor, which keeps everything running."""

import os
import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backfuture.local import demo, running
from backfuture.local.compose import compose
from backfuture.local.places import make_private


class Command(BaseCommand):
    help = "Start web, worker, beat and, for a try-out, broker and practice exchange; Ctrl-C stops all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="first port to try for the pages")
        parser.add_argument("--practice-port", type=int, default=8100, help="first port to try for the exchange")

    def handle(self, *args: object, port: int, practice_port: int, **options: object) -> None:
        if not settings.REDIS_URL:
            raise CommandError("REDIS_URL must be set when embedded mode is off")
        var = settings.VAR_DIR
        make_private(var)
        locks = running.take(var)
        if locks is None:
            self.stdout.write(running.describe(var))
            return
        for name in ("log", "valkey", "static"):
            make_private(var / name)
        call_command("migrate", verbosity=0)
        people = demo.make_people(var / "demo.txt") if settings.EMBEDDED else {}
        plan = compose(locks, people, port=port, practice_port=practice_port)
        path = var / "plan.json"
        path.write_text(plan.dump())
        # Become the supervisor: the same process without Django in it, a quarter of the memory.
        sys.stdout.flush()
        command = [sys.executable, "-m", "backfuture.local.supervisor", str(path)]
        os.execv(command[0], command)  # noqa: S606 - our own interpreter
