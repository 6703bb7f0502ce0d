"""MEXC: its check (check.py) and its orders (orders.py)."""

from exchanges.known.mexc.check import SPEC as SPEC
