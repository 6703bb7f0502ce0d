"""Binance: its check (check.py) and its orders (orders.py)."""

from exchanges.known.binance.check import SPEC as SPEC
