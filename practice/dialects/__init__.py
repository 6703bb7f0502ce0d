"""The exchanges that the practice server speaks: one module and one line here each."""

from practice.dialect import Dialect
from practice.dialects import binance, bingx, bitget, bybit, coinbase, gate, htx, kucoin, mexc, okx

ALL: tuple[Dialect, ...] = (
    mexc.DIALECT,
    kucoin.DIALECT,
    binance.DIALECT,
    okx.DIALECT,
    bitget.DIALECT,
    gate.DIALECT,
    htx.DIALECT,
    bingx.DIALECT,
    coinbase.DIALECT,
    bybit.DIALECT,
)
BY_SLUG = {dialect.slug: dialect for dialect in ALL}
