"""What can be traded in the practice world: neutral pairs, which each dialect spells and steps in its own way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True)
class Pair:
    """Steps are an exchange's tick sizes; `start` is the price around which the seeded market moves.

    Those in PAIRS are nobody's: an exchange has its own, made by `lots`.
    """

    base: str
    quote: str
    start: Decimal
    price_step: Decimal
    amount_step: Decimal
    min_amount: Decimal
    contract_size: Decimal | None = None

    @property
    def name(self) -> str:
        return f"{self.base}/{self.quote}"

    @property
    def price_places(self) -> int:
        return places(self.price_step)

    @property
    def amount_places(self) -> int:
        return places(self.amount_step)


def places(step: Decimal) -> int:
    return max(0, -int(step.normalize().as_tuple().exponent))


def _pair(name: str, start: str, price: str, amount: str, least: str, contract: str | None = None) -> Pair:
    base, quote = name.split("/")
    size = Decimal(contract) if contract else None
    return Pair(base, quote, Decimal(start), Decimal(price), Decimal(amount), Decimal(least), size)


PAIRS = {
    pair.name: pair
    for pair in (
        _pair("BTC/USDT", "60000", "0.01", "0.00000001", "0.000001", "0.001"),
        _pair("ETH/USDT", "3000", "0.01", "0.0000001", "0.00001", "0.01"),
        _pair("SOL/USDT", "150", "0.01", "0.0001", "0.001", "0.1"),
        _pair("XRP/USDT", "0.6", "0.00001", "0.0001", "0.1", "10"),
        _pair("DOGE/USDT", "0.12", "0.00001", "0.0001", "1", "100"),
        _pair("BNB/USDT", "580", "0.01", "0.0001", "0.0001", "0.01"),
        _pair("ADA/USDT", "0.45", "0.00001", "0.0001", "0.1", "10"),
        _pair("LTC/USDT", "70", "0.01", "0.00001", "0.001", "0.1"),
        _pair("LINK/USDT", "14", "0.001", "0.0001", "0.01", "0.1"),
        _pair("BTC/USDC", "60000", "0.01", "0.00000001", "0.000001"),
        _pair("ETH/USDC", "3000", "0.01", "0.0000001", "0.00001"),
        _pair("BTC/USD", "60000", "0.01", "0.00000001", "0.000001"),
        _pair("ETH/USD", "3000", "0.01", "0.0000001", "0.00001"),
        _pair("ETH/BTC", "0.05", "0.000001", "0.0001", "0.0001"),
        # Coins whose names are not ASCII: each is listed where the real one is.
        _pair("币安人生/USDT", "0.14", "0.0001", "0.01", "0.1"),
        _pair("MØTH/USDT", "0.02", "0.00001", "0.1", "1"),
        _pair("人生K线/USDT", "0.003", "0.000001", "0.1", "1"),
        # The coins of exchanges, in which they take fees for less.
        _pair("KCS/USDT", "12", "0.001", "0.0001", "0.1"),
        _pair("BGB/USDT", "4", "0.0001", "0.0001", "0.1"),
        _pair("GT/USDT", "15", "0.001", "0.001", "0.1"),
        _pair("HT/USDT", "0.5", "0.0001", "0.0001", "0.1"),
        _pair("MX/USDT", "2.5", "0.0001", "0.01", "0.1"),
    )
}

ASSETS = tuple(sorted({asset for pair in PAIRS.values() for asset in (pair.base, pair.quote) if asset.isascii()}))


def lots(*rows: str) -> Mapping[str, Pair]:
    """Return an exchange's pairs by their neutral names, from rows of name, price step, amount step, least amount."""
    return {name: _stepped(PAIRS[name], *map(Decimal, figures)) for name, *figures in map(str.split, rows)}


def _stepped(pair: Pair, price: Decimal, amount: Decimal, least: Decimal) -> Pair:
    return replace(pair, price_step=price, amount_step=amount, min_amount=least)


def contracts() -> tuple[Pair, ...]:
    return tuple(pair for pair in PAIRS.values() if pair.contract_size is not None)
