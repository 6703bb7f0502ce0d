"""Every exchange we know, in the order traders see them, and each of their sites."""

from exchanges.known import binance, bingx, bitget, bybit, coinbase, gate, htx, kucoin, mexc, okx
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
# A site stands for itself wherever an exchange does: its keys, prices and limits are its own.
BY_SLUG = {spec.slug: spec for main in ALL for spec in (main, *map(main.at, main.sites))}
CHOICES = [(spec.slug, spec.name) for spec in BY_SLUG.values()]


def get(slug: str) -> ExchangeSpec:
    """Return the exchange, or one of its sites; raise KeyError for one that we do not know."""
    return BY_SLUG[slug]


def sites_of(spec: ExchangeSpec) -> tuple[ExchangeSpec, ...]:
    """Return all sites of the exchange that this one belongs to, the main one first."""
    return tuple(one for one in BY_SLUG.values() if one.family == spec.family)
