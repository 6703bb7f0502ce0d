"""What freqtrade's books are held against."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from strangers import freqtrade
from strangers.scene import Scene
from strangers.shapes import Stranger


class Kind(Stranger):
    slug, sdk = "kucoin", "freqtrade"


class Told(Scene):
    """A scene that tells two orders: 0.002 BTC bought at 50,000 and sold at 60,000, each for 0.1 %."""

    def ask(self, method: str, path: str, **data: Any) -> Any:
        rows = (("100", "0.1"), ("120", "0.12"))
        return {
            "orders": [
                {"filled": "0.002", "spent": spent, "fills": [{"fee": fee, "fee_asset": "USDT"}]} for spent, fee in rows
            ]
        }


def bot(room: Path, profit: float) -> freqtrade.FreqtradeBot:
    with sqlite3.connect(room / "trades.sqlite") as book:
        book.execute("CREATE TABLE trades (id, is_open, amount, close_profit_abs)")
        book.execute("INSERT INTO trades VALUES (1, 0, 0.002, ?)", (profit,))
    book.close()
    return freqtrade.FreqtradeBot(Path("python"), "kucoin", room, Told("http://127.0.0.1:1", Kind))


@pytest.mark.parametrize(("profit", "verdict"), [(19.78, "right"), (20.0, "wrong")])
def test_the_profit_is_what_came_less_what_went_and_both_fees(tmp_path: Path, profit: float, verdict: str) -> None:
    assert bot(tmp_path, profit)._compared().verdict == verdict


def test_a_bot_that_ends_too_soon_says_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("INFO - fine\nERROR - Could not load markets\nINFO - bye\n")

    assert bot(tmp_path, 0)._last_words() == "ERROR - Could not load markets"
