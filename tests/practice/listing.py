"""What each exchange does with a pair that it takes off its lists, or stops the trade of, in its own fields."""

from dataclasses import dataclass, field
from typing import Any

from tests.practice.rig import Rig


@dataclass(frozen=True)
class Lists:
    """Where it tells of all its pairs and of their prices: paths, the lists in the answers, the field of a pair's name.

    `name` spells a pair there; `halted` are the fields of one that is not traded at the moment; `gone` is how a
    question that names one that is not listed is answered, where pairs are asked for by name.
    """

    rules: tuple[str, str, str]
    prices: tuple[str, str, str]
    halted: dict[str, Any]
    name: str = "{base}{quote}"
    gone: dict[str, Any] = field(default_factory=dict)

    def of(self, pair: str) -> str:
        base, quote = pair.split("/")
        return self.name.format(base=base, quote=quote)


UNKNOWN = {"status": 400, "body": {"code": -1121, "msg": "Invalid symbol."}}
LISTS = {
    "binance": Lists(
        ("*/exchangeInfo", "symbols", "symbol"), ("*/ticker/24hr", "", "symbol"), {"status": "BREAK"}, gone=UNKNOWN
    ),
    "mexc": Lists(
        ("*/exchangeInfo", "symbols", "symbol"),
        ("*/ticker/24hr", "", "symbol"),
        {"status": "2", "isSpotTradingAllowed": False},
        gone=UNKNOWN,
    ),
    "kucoin": Lists(
        ("*/symbols", "data", "symbol"),
        ("*/allTickers", "data.ticker", "symbol"),
        {"enableTrading": False},
        "{base}-{quote}",
    ),
    "okx": Lists(
        ("*/public/instruments", "data", "instId"),
        ("*/market/tickers", "data", "instId"),
        {"state": "suspend"},
        "{base}-{quote}",
    ),
    "bitget": Lists(("*/public/symbols", "data", "symbol"), ("*/market/tickers", "data", "symbol"), {"status": "halt"}),
    "bybit": Lists(
        ("*/instruments-info", "result.list", "symbol"),
        ("*/market/tickers", "result.list", "symbol"),
        {"status": "Closed"},
    ),
    "gate": Lists(
        ("*/currency_pairs", "", "id"),
        ("*/spot/tickers", "", "currency_pair"),
        {"trade_status": "untradable"},
        "{base}_{quote}",
    ),
    "htx": Lists(("*/common/symbols", "data", "symbol"), ("*/market/tickers", "data", "symbol"), {"state": "offline"}),
    "bingx": Lists(
        ("*/common/symbols", "data.symbols", "symbol"),
        ("*/ticker/24hr", "data", "symbol"),
        {"status": 0},
        "{base}-{quote}",
    ),
    "coinbase": Lists(
        ("*/market/products", "products", "product_id"),
        ("*/market/products", "products", "product_id"),
        {"trading_disabled": True},
        "{base}-{quote}",
    ),
}


def spelt(slug: str, pair: str) -> str:
    name = LISTS[slug].of(pair)
    return name.lower() if slug == "htx" else name


def delist(rig: Rig, slug: str, pair: str) -> None:
    """Let the exchange know this pair no longer."""
    lists, name = LISTS[slug], spelt(slug, pair)
    for path, at, key in dict.fromkeys((lists.rules, lists.prices)):
        rig.fault("edit", slug=slug, path=path, body={"at": at, "where": {key: name}, "remove": True})
        if lists.gone:
            rig.fault("answer", slug=slug, path=path, query=f"*{name}*", **lists.gone)


def halt(rig: Rig, slug: str, pair: str) -> None:
    """Let the exchange not trade this pair at the moment; its price stays where it was."""
    lists = LISTS[slug]
    path, at, key = lists.rules
    rig.fault("edit", slug=slug, path=path, body={"at": at, "where": {key: spelt(slug, pair)}, "set": lists.halted})
