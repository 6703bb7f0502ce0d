"""Every exchange we know, in the order traders see them."""

from exchanges import binance, bingx, bitget, bybit, coinbase, gate, htx, kucoin, mexc, okx
from exchanges.spec import ExchangeSpec

ALL: tuple[ExchangeSpec, ...] = (
    mexc.SPEC,
    kucoin.SPEC,
    binance.SPEC,
    okx.SPEC,
    bitget.SPEC,
    gate.SPEC,
    htx.SPEC,
    bingx.SPEC,
    coinbase.SPEC,
    bybit.SPEC,
)
BY_SLUG = {spec.slug: spec for spec in ALL}
CHOICES = [(spec.slug, spec.name) for spec in ALL]


def get(slug: str) -> ExchangeSpec:
    """Return the exchange; raise KeyError for one that we do not know."""
    return BY_SLUG[slug]
