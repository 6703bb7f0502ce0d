"""Bybit: its check (check.py) and its orders (orders.py)."""

from exchanges.known.bybit.check import SPEC as SPEC
