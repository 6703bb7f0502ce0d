"""What operators look at."""

from strategies.admin import books, bots, kill_switch, markets

__all__ = ["books", "bots", "kill_switch", "markets"]
