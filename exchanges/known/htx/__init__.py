"""HTX: its check (check.py) and its orders (orders.py)."""

from exchanges.known.htx.check import SPEC as SPEC
