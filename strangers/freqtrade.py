"""freqtrade, a whole bot that others wrote: it opens, fills and closes a trade on each exchange."""

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.rig import practice
from strangers.scene import Scene
from strangers.shapes import Cell, Column, DiffersError, Keys, Stranger
from strangers.stage import ROOM, make_environment

SLUGS = ("mexc", "kucoin", "binance", "okx", "bitget", "gate", "htx", "bingx", "coinbase", "bybit")
STAKE = 100
AT_ONCE = 2
PATIENCE_SECONDS = 240
ROWS = ("trade opened", "trade closed", "fees and profit")
# Coinbase has no pair with USDT here; its order book is not asked for by the bot, as freqtrade advises.
QUOTES = {"coinbase": "USDC"}
NO_BOOK = {"coinbase"}


@dataclass
class FreqtradeBot:
    """One freqtrade in a room of its own."""

    python: Path
    slug: str
    room: Path
    scene: Scene

    @property
    def quote(self) -> str:
        return self.scene.stranger.quote

    def config(self, keys: Keys) -> dict[str, Any]:
        asked = [str(self.python), "-m", "strangers.leading", self.slug, self.scene.root]
        urls = json.loads(subprocess.run(asked, cwd=ROOM.parent, capture_output=True, text=True, check=True).stdout)
        has_book = self.slug not in NO_BOOK
        price = {"price_side": "other", "use_order_book": has_book, "order_book_top": 1}
        exchange = {"name": self.slug, "key": keys.api_key, "secret": keys.secret, "password": keys.passphrase}
        pairs = {"pair_whitelist": [f"BTC/{self.quote}"], "enable_ws": False, "skip_open_order_update": False}
        return {
            "initial_state": "running",
            "dry_run": False,
            "trading_mode": "spot",
            "max_open_trades": 1,
            "stake_currency": self.quote,
            "stake_amount": STAKE,
            "cancel_open_orders_on_exit": False,
            "entry_pricing": price,
            "exit_pricing": price,
            "unfilledtimeout": {"entry": 10, "exit": 10, "unit": "minutes"},
            "order_types": {"entry": "limit", "exit": "market", "stoploss": "market", "stoploss_on_exchange": False},
            "pairlists": [{"method": "StaticPairList"}],
            "internals": {"process_throttle_secs": 1},
            "db_url": f"sqlite:///{self.room / 'trades.sqlite'}",
            "exchange": {**exchange, **pairs, "ccxt_config": {"urls": {"api": urls}, "enableRateLimit": False}},
        }

    def trade(self) -> dict[str, Cell]:
        """Run it until a trade is closed, and hold its books against the exchange's."""
        self.scene.pin()
        config = self.room / "config.json"
        config.write_text(json.dumps(self.config(self.scene.new_keys("read", "trade", "ccxt"))))
        command: list[str | Path] = [
            self.python.with_name("freqtrade"),
            "trade",
            "--userdir",
            self.room,
            "--config",
            config,
        ]
        command += ["--strategy", "Once", "--strategy-path", ROOM / "strategies"]
        with (self.room / "log.txt").open("w") as log:
            running = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.room)
            try:
                return self._watch(running)
            finally:
                running.send_signal(signal.SIGINT)
                try:
                    running.wait(20)
                except subprocess.TimeoutExpired:
                    running.kill()
                    running.wait()

    def _watch(self, running: "subprocess.Popen[bytes]") -> dict[str, Cell]:
        is_there: Sequence[Callable[[], bool]] = (lambda: bool(self._trades()), lambda: self._closed() is not None)
        cells: dict[str, Cell] = {}
        deadline = time.monotonic() + PATIENCE_SECONDS
        for name, is_so in zip(ROWS, is_there, strict=False):
            while not is_so():
                if running.poll() is not None or time.monotonic() > deadline:
                    return {**dict.fromkeys(ROWS, Cell("wrong", self._last_words())), **cells}
                time.sleep(0.5)
            cells[name] = Cell("right")
        return {**cells, ROWS[2]: self._compared()}

    def _trades(self) -> list[dict[str, Any]]:
        path = self.room / "trades.sqlite"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as book:
            book.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in book.execute("SELECT * FROM trades ORDER BY id")]
            except sqlite3.OperationalError:
                return []

    def _closed(self) -> dict[str, Any] | None:
        return next((trade for trade in self._trades() if not trade["is_open"]), None)

    def _compared(self) -> Cell:
        """Hold the first closed trade against what the exchange paid and took for the same two orders.

        Coins that a fee took from the entry are sold all the same where the account has others: they are part of it.
        """
        trade = self._closed() or {}
        orders = self.scene.ask("GET", f"/_control/truth?slug={self.slug}")["orders"]
        entry, leaving = [order for order in orders if Decimal(order["filled"])][:2]
        bought, sold = Decimal(entry["filled"]) - _fee(entry, "BTC"), Decimal(leaving["filled"])
        earned = Decimal(leaving["spent"]) - _fee(leaving, self.quote)
        paid = Decimal(entry["spent"]) + _fee(entry, self.quote)
        profit = earned - paid + (bought - sold) * Decimal(leaving["spent"]) / sold
        try:
            _near("bought", trade["amount"], bought)
            _near("profit", trade["close_profit_abs"], profit)
        except DiffersError as differs:
            return Cell("wrong", str(differs))
        return Cell("right")

    def _last_words(self) -> str:
        lines = (self.room / "log.txt").read_text(errors="replace").splitlines()
        told = [line for line in lines if "ERROR" in line or "Exception" in line or "Error" in line] or lines
        return " ".join(told[-1].split())[:300] if told else "it said nothing"


def _fee(order: dict[str, Any], coin: str) -> Decimal:
    return sum((Decimal(fill["fee"]) for fill in order["fills"] if fill["fee_asset"] == coin), Decimal(0))


def _near(what: str, found: float, expected: Decimal) -> None:
    if abs(Decimal(str(found)) - expected) > max(abs(expected) / 1000, Decimal("0.005")):
        raise DiffersError(f"{what} is {found} to freqtrade, {expected} to the exchange")


def run_bots(var: Path, slugs: Sequence[str] = SLUGS) -> dict[str, Column]:
    python = make_environment(var / "strangers" / "freqtrade", ROOM / "freqtrade.lock")
    version = subprocess.run([python, "-c", "import freqtrade; print(freqtrade.__version__)"], **QUIETLY).stdout.strip()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = pool.map(lambda slug: run_one(python, slug, var / "strangers" / "bots" / slug, version), slugs)
        return dict(zip(slugs, made, strict=True))


QUIETLY: dict[str, Any] = {"capture_output": True, "text": True, "check": True}


def run_one(python: Path, slug: str, room: Path, version: str) -> Column:
    kind: type[Stranger] = type("Bot", (Stranger,), {"slug": slug, "quote": QUOTES.get(slug, "USDT")})
    room.mkdir(parents=True, exist_ok=True)
    for old in room.glob("trades.sqlite*"):
        old.unlink()
    started = time.monotonic()
    with practice(0, "--own-ports", "0") as exchange:
        cells = FreqtradeBot(python, slug, room, Scene(exchange.url, kind)).trade()
    return Column(f"freqtrade {version}", "the urls of its ccxt", cells, round(time.monotonic() - started, 1))
