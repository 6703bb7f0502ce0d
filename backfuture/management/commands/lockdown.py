"""lockdown: contain a breach within minutes."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backfuture.lockdown import contain


class Command(BaseCommand):
    help = (
        "Contain a breach: stop all orders, end all sessions and signal addresses, freeze all accounts and keys, and "
        "write the list of people to tell. Start it again when it was cut off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask first")
        parser.add_argument("--destroy-keys", action="store_true", help="destroy our copies too")
        parser.add_argument("--people", type=Path, default=None, help="where the list is written: a new file")

    def handle(self, *args: object, yes: bool, destroy_keys: bool, people: Path | None, **options: object) -> None:
        if not yes and input("This stops every bot and signs everybody out. Type “lockdown”: ") != "lockdown":
            raise CommandError("Nothing was done.")
        path = people or settings.VAR_DIR / f"lockdown-{timezone.now():%Y%m%dT%H%M%SZ}.csv"
        try:
            contain(path, destroys_keys=destroy_keys, tell=self.stdout.write)
        except OSError as error:
            raise CommandError(f"The list of people could not be written to {path}: {error.strerror}.") from None
        self.stdout.write("What to do next is in docs/deployment.md, “A breach”.")
