"""simulate: look back at what a bot would have done on a file of candles, as JSON."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from strategies.engine.position import Fees, Side
from strategies.engine.sizing import LEVELS
from strategies.engine.state import LimitMode, MarginLimit, RecoverySettings, Settings

if TYPE_CHECKING:
    from strategies.lookback import wishes

PERCENT = Decimal(100)
# Of the minutes between the first candle and the last; below it a result would be of another market.
LEAST_COVERAGE = 0.9


class Command(BaseCommand):
    help = (
        "Run a bot with immediate re-entry on a CSV of one-minute candles (time, open, high, low, close; the time in "
        "seconds or milliseconds since 1970), and print what it would have done as JSON, the worst first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--pair", default="BTC/USDT")
        parser.add_argument("--price-step", type=Decimal, required=True, help="of the exchange, as 0.01")
        parser.add_argument("--amount-step", type=Decimal, help="of the exchange; without it amounts are not rounded")
        parser.add_argument("--min-cost", type=Decimal, default=Decimal(5))
        parser.add_argument("--fee", type=Decimal, default=Decimal("0.1"), help="percent")
        parser.add_argument("--fee-in", choices=["quote", "coin", "third"], default="coin")
        parser.add_argument("--half-spread", type=int, default=1, help="in price steps")
        parser.add_argument("--slippage", type=Decimal, default=Decimal("0.05"), help="percent of each fill's price")
        parser.add_argument("--level", choices=list(LEVELS), default="medium")
        parser.add_argument("--equity", type=Decimal, default=Decimal(1000))
        parser.add_argument("--margin-limit", type=Decimal, default=Decimal(1000))
        parser.add_argument("--first-come", action="store_true", help="do not reserve the full ladder")
        parser.add_argument("--base-order", type=Decimal, help="in quote money; without it by the accepted loss")
        parser.add_argument("--take-profit", type=Decimal, default=Decimal("1.5"), help="percent")
        parser.add_argument("--trailing", type=Decimal, help="percent")
        parser.add_argument("--stop-loss", type=Decimal, help="percent")
        parser.add_argument("--cool-down", type=int, default=0, help="minutes")
        parser.add_argument("--pause", type=int, default=0, help="minutes before a new group")
        parser.add_argument("--no-recovery", action="store_true", help="without Recovery Mode")

    def handle(self, *args: object, **options: Any) -> None:
        from strategies.lookback import answer, wishes
        from strategies.lookback.candle_files import CandleFileError, read

        try:
            candles, mended = read(options["file"], step=options["price_step"])
        except (OSError, CandleFileError) as error:
            raise CommandError(str(error)) from None
        rate = options["fee"] / PERCENT
        terms = wishes.Terms(
            minimum_cost=options["min_cost"],
            amount_step=options["amount_step"],
            fees=Fees(entry=rate, exit=rate, entry_in_coin=options["fee_in"] == "coin"),
            paid=rate,
            way=wishes.FeeWay(options["fee_in"]),
            half_spread=options["half_spread"],
            slippage=options["slippage"] / PERCENT,
        )
        found = answer.answer(_wish(options), {options["pair"]: (candles, terms)})
        if found["coverage"] < LEAST_COVERAGE:
            raise CommandError(f"Only {found['coverage']:.0%} of the minutes are in the file.")
        self.stdout.write(json.dumps({**found, "mended": mended}, indent=1))


def _wish(options: dict[str, Any]) -> "wishes.BotWish":
    from strategies.lookback import wishes

    level = LEVELS[options["level"]]
    shares = {name: options[name] and options[name] / PERCENT for name in ("trailing", "stop_loss")}
    rate = options["fee"] / PERCENT
    settings = Settings(
        side=Side.LONG,
        ladder=level.ladder(Decimal(1)),
        fees=Fees(entry=rate, exit=rate),
        take_profit=options["take_profit"] / PERCENT,
        improve=level.improve,
        floor=level.floor,
        cool_down=timedelta(minutes=options["cool_down"]),
        max_groups=level.groups,
        re_entry_pause=timedelta(minutes=options["pause"]),
        recovery=RecoverySettings(is_on=not options["no_recovery"]),
        **shares,
    )
    mode = LimitMode.FIRST_COME if options["first_come"] else LimitMode.RESERVE
    margin = MarginLimit(amount=options["margin_limit"], soft=level.soft, hard=level.hard, mode=mode)
    return wishes.BotWish(
        settings=settings, level=level, margin=margin, equity=options["equity"], base=options["base_order"]
    )
