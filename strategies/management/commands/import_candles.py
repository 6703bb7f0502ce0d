"""import_candles: take minutes of a pair from a CSV file into what looks back stand on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connections.choices import Venue
from exchanges import registry
from strategies.pairs import read_pairs


class Command(BaseCommand):
    help = (
        "Take one-minute candles from a CSV file: the line time,open,high,low,close and then one line a minute, the "
        "time in seconds since 1970. One wrong line refuses the whole file. What was kept with other prices is "
        "replaced."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("exchange", choices=sorted(registry.BY_SLUG))
        parser.add_argument("pair", help="as BTC/USDT")
        parser.add_argument("file", type=Path)
        parser.add_argument("--venue", choices=Venue.values, default=Venue.LIVE)
        parser.add_argument(
            "--gaps",
            choices=["refuse", "keep"],
            default="refuse",
            help="keep: take a file that lacks minutes; nobody will ask for them again",
        )

    def handle(self, *args: Any, exchange: str, pair: str, file: Path, venue: str, gaps: str, **options: Any) -> None:
        from strategies.look_backs.candles import take
        from strategies.lookback.candle_files import exact

        try:
            (name,) = read_pairs(pair)
            with file.open(newline="") as lines:
                came = exact(lines)
            if (gap := came.first_gap) and gaps == "refuse":
                at = f"{datetime.fromtimestamp(gap * 60, tz=UTC):%Y-%m-%d %H:%M}"
                lacking = int(came.minute[-1] - came.minute[0]) + 1 - len(came)
                raise CommandError(
                    f"{file.name} lacks {lacking} minutes, the first at {at} UTC, and nobody would ask for them again."
                    " Add them, or say --gaps keep if the exchange has none of them."
                )
            new, corrected = take(exchange, venue, name, came)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise CommandError(f"{file.name} is no text file. Choose a CSV file.") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{new} minutes of {name} are new, {corrected} were corrected, {len(came)} are in the file")
