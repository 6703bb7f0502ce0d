"""make_keys: write the keys of a new installation."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backfuture.keys import KeysError, make_deployment, make_keys


class Command(BaseCommand):
    help = "Write SECRET_KEY, FINGERPRINT_KEY, the vault's key pair and the push key as files that only you may read."
    # It runs before there is a SECRET_KEY that any check could look at.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", nargs="?", type=Path, default=settings.KEYS_DIR)
        parser.add_argument("--deployment", action="store_true", help="also what docker-compose.yml names as secrets")

    def handle(self, *args: object, directory: Path, deployment: bool, **options: object) -> None:
        try:
            made = make_keys(directory)
            made = (deployment and make_deployment(directory)) or made
        except KeysError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Keys made in {directory}" if made else f"Keys are in {directory} already")
