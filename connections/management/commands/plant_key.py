"""plant_key: store a key that nobody uses, whose opening wakes somebody."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from connections.secrets import planted, vault


class Command(BaseCommand):
    help = "Plant a key that no worker opens: who opens all that is stored opens it too, and the alarm rings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="of the account that it seems to belong to; nobody can sign in with it")
        parser.add_argument("--name", default="Main account", help="of the connection")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            connection = planted.plant(email=email, name=name)
        except IntegrityError:
            raise CommandError("Somebody has this address already: choose another one.") from None
        except vault.VaultError as error:
            raise CommandError(f"Nothing was planted: {error}.") from None
        self.stdout.write(
            f"Planted {connection.public_id}. Leave its account switched off: a check would open it, too."
        )
