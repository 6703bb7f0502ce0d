"""unknown_codes: what exchanges answered that is in no table of ours, the most frequent first."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connections.models import UnknownAnswer

HEADS = ("exchange", "where", "status", "code", "count", "first seen", "last seen (UTC)", "taken for")


class Command(BaseCommand):
    help = "Print the answers of exchanges that we do not know yet: ./run unknown_codes [--exchange kucoin] [--shapes]"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--exchange", default="")
        parser.add_argument("--practice", action="store_true", help="those of the practice exchange too")
        parser.add_argument("--shapes", action="store_true", help="the newest shape of each: keys, types, lengths")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = UnknownAnswer.objects.by_count()
        rows = rows.filter(exchange=options["exchange"]) if options["exchange"] else rows
        rows = rows if options["practice"] else rows.exclude(venue="practice")
        found = list(rows)
        if not found:
            self.stdout.write("No exchange has answered anything that is in none of our tables.")
            return
        lines = [HEADS, *map(_line, found)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
        for number, line in enumerate(lines):
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
            if options["shapes"] and number:
                self.stdout.write(f"    {found[number - 1].shape}")


def _line(row: UnknownAnswer) -> tuple[str, ...]:
    name = row.exchange if row.venue == "live" else f"{row.exchange} ({row.venue})"
    when = (f"{moment:%Y-%m-%d %H:%M}" for moment in (row.first_at, row.last_at))
    return (name, row.asked, str(row.status), row.code or "-", str(row.count), *when, row.cause)
