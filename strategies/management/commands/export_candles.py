"""export_candles: write the minutes that are kept of a pair into a CSV file, to the last digit."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connections.choices import Venue
from exchanges import registry
from strategies.models import CandleMonth


class Command(BaseCommand):
    help = "Write all kept one-minute candles of a pair into a CSV file, which import_candles and simulate read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("exchange", choices=sorted(registry.BY_SLUG))
        parser.add_argument("pair", help="as BTC/USDT")
        parser.add_argument("file", type=Path, help="must not exist yet")
        parser.add_argument("--venue", choices=Venue.values, default=Venue.LIVE)

    def handle(self, *args: Any, exchange: str, pair: str, file: Path, venue: str, **options: Any) -> None:
        from strategies.lookback import months
        from strategies.lookback.candle_files import lines_of

        rows = CandleMonth.objects.filter(exchange=exchange, venue=venue, pair=pair, count__gt=0).order_by("month")
        parts = [months.unpack(bytes(row.data), step=row.step) for row in rows]
        if not parts:
            raise CommandError(f"No minutes of {pair} at {exchange} ({venue}) are kept. Fetch some: fetch_candles.")
        found = months.joined(parts)
        try:
            with file.open("x") as out:
                out.writelines(lines_of(found))
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}. Choose another name.") from None
        self.stdout.write(f"{len(found)} minutes of {pair} in {file}")
