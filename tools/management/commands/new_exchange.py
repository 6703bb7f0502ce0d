"""new_exchange: `./run new_exchange SLUG` lays the empty files of one more exchange."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tools import new_exchange


class Command(BaseCommand):
    help = "Lay the empty files of a new exchange, on our side of the wire and on the practice exchange's."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="its short name: small letters and digits")
        parser.add_argument("--name", default="", help="its name as traders write it")

    def handle(self, *args: object, slug: str, name: str, **options: object) -> None:
        try:
            laid = new_exchange.lay(settings.BASE_DIR, slug, name)
        except new_exchange.SlugError as error:
            raise CommandError(str(error)) from None
        self.stdout.write("\n".join(str(path) for path in laid))
        self.stdout.write(
            f"Nothing knows {slug} yet. docs/adding-an-exchange.md says how to fill these files; a line in\n"
            "exchanges/registry.py and one in practice/dialects/__init__.py make it known."
        )
