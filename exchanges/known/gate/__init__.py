"""Gate: its check (check.py) and its orders (orders.py)."""

from exchanges.known.gate.check import SPEC as SPEC
