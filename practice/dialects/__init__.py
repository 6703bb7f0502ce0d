"""The exchanges that the practice server speaks: one module and one line here each."""

from practice.dialect import Dialect
from practice.dialects import gate, kucoin, mexc, okx

ALL: tuple[Dialect, ...] = (
    mexc.DIALECT,
    kucoin.DIALECT,
    okx.DIALECT,
    gate.DIALECT,
)
BY_SLUG = {dialect.slug: dialect for dialect in ALL}
