"""OKX: its check (check.py) and its orders (orders.py)."""

from exchanges.known.okx.check import SPEC as SPEC
