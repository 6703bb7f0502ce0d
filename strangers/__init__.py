"""Clients that others wrote, pointed at the practice exchange: they tell whether it is one."""

# Each is a module of its name in clients/, with a class Stranger in it.
NAMES = (
    *("mexc", "kucoin", "binance", "okx", "bitget", "gate", "htx", "bingx", "coinbase", "bybit"),
    *("binance_official", "bitget_unified"),
)
