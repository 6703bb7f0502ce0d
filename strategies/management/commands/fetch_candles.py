"""fetch_candles: bring months of minutes from an exchange into what looks back stand on, as their worker does."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from connections import desks
from connections.choices import Venue
from exchanges import registry
from exchanges.desk.desk import Desk
from exchanges.errors import ExchangeError
from strategies.look_backs.flows import length_of
from strategies.pairs import PairsError, read_pairs

AGAIN = "What came is kept: started again, it goes on there."


class Command(BaseCommand):
    help = f"Fetch months of one-minute candles for looks back, the newest first, five answers a second. {AGAIN}"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("exchange", choices=sorted(registry.BY_SLUG))
        parser.add_argument("pairs", nargs="+", metavar="PAIR", help="as BTC/USDT")
        parser.add_argument("--venue", choices=Venue.values, default=Venue.LIVE)
        parser.add_argument("--months", type=int, default=12, help="so many up to now; 12 unless told")

    def handle(self, *args: Any, exchange: str, pairs: list[str], venue: str, months: int, **options: Any) -> None:
        if months < 1:
            raise CommandError("Fetch one month or more.")
        until = timezone.now().replace(second=0, microsecond=0)
        try:
            names = read_pairs(" ".join(pairs))
            rules = desks.ask(exchange, venue, partial(Desk.rules, pairs=names))
            if unknown := [pair for pair in names if pair not in rules or not rules[pair].price_step]:
                raise CommandError(f"{exchange} lists no {', '.join(unknown)}. Leave it out, or write it as there.")
            for pair in names:
                self._fetch(exchange, venue, pair, rules[pair].price_step, until - length_of(months), until)
        except PairsError as error:
            raise CommandError(str(error)) from None
        except ExchangeError as error:
            wait = f" Wait {error.trouble.retry_after:.0f} seconds." if error.trouble.retry_after else ""
            raise CommandError(f"{exchange} does not answer ({error.trouble.cause.value}).{wait} {AGAIN}") from None
        except KeyboardInterrupt:
            raise CommandError(f"Ended by you. {AGAIN}", returncode=130) from None

    def _fetch(self, exchange: str, venue: str, pair: str, step: Decimal, start: datetime, until: datetime) -> None:
        """Bring one month after the other, and say of each how many of its minutes are there."""
        from strategies.look_backs import candles
        from strategies.lookback.months import minutes_of

        there = 0
        for month in candles.months_between(start, until):
            first, end = (candles.EPOCH + minute * candles.MINUTE for minute in minutes_of(month))
            first, end = max(first, start), min(end, until)
            found = candles.bring(exchange, venue, pair, step, first, end, watch=lambda _: None)
            there += len(found or ())
            self.stdout.write(f"{pair} {month:%Y-%m}: {len(found or ())} of {(end - first) // candles.MINUTE} minutes")
        if not there:
            raise CommandError(f"{exchange} has no minutes of {pair} in this time. Fetch fewer months.")
