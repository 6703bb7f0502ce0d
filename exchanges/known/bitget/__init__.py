"""Bitget: its check (check.py) and its orders (orders.py)."""

from exchanges.known.bitget.check import SPEC as SPEC
