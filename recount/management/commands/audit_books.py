"""audit_books: reckon every group once more from the exchange's orders and fills, and tell what differs in our books.

Exits with 0 when nothing differs, 1 when something does, 2 when something could not be read.
"""

import sys
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchanges.wire.session import LOOP
from recount import account, report, rows

USAGE = 64


class Command(BaseCommand):
    help = "Compare orders, fills, sums, coins and limits with what the exchange tells: ./run audit_books"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connection", type=uuid.UUID, default=None, help="only this one, by its public id")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["connection"]
        connections = rows.to_recount(wanted)
        if wanted and not connections:
            raise CommandError("No connection of that id has an order to recount.", returncode=USAGE)
        try:
            found = [account.recount(connection) for connection in connections]
        finally:
            LOOP.close()
        self.stdout.write(report.as_json(found) if options["json"] else "\n".join(report.lines(found)))
        if code := report.exit_code(found):
            sys.exit(code)
