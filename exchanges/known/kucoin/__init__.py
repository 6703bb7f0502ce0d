"""KuCoin: its check (check.py) and its orders (orders.py)."""

from exchanges.known.kucoin.check import SPEC as SPEC
