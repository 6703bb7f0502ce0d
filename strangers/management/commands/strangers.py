"""strangers: let clients that others wrote trade on the practice exchange. `./run strangers --exchange kucoin`."""

import json
import sys
from dataclasses import asdict

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from strangers import NAMES, freqtrade, stage, table


class Command(BaseCommand):
    help = "Point the exchanges' SDKs, and freqtrade, at a practice exchange and print what they find, in a table."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--exchange", action="append", choices=NAMES, help="only this one (may be repeated)")
        parser.add_argument("--freqtrade", action="store_true", help="a whole bot instead of the SDKs: takes minutes")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true")
        form.add_argument("--markdown", action="store_true")

    def handle(self, *args: object, exchange: list[str] | None, **options: object) -> None:
        if options["freqtrade"]:
            columns = freqtrade.run_bots(settings.VAR_DIR, exchange or freqtrade.SLUGS)
        else:
            columns = stage.run_strangers(settings.VAR_DIR, exchange or NAMES)
        if options["json"]:
            self.stdout.write(json.dumps({name: asdict(column) for name, column in columns.items()}))
        else:
            self.stdout.write(table.markdown(columns) if options["markdown"] else table.text(columns))
        if not table.is_right(columns):
            sys.exit(1)
