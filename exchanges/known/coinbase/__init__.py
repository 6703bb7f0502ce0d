"""Coinbase: its check (check.py) and its orders (orders.py)."""

from exchanges.known.coinbase.check import SPEC as SPEC
