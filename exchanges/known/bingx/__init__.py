"""BingX: its check (check.py) and its orders (orders.py)."""

from exchanges.known.bingx.check import SPEC as SPEC
