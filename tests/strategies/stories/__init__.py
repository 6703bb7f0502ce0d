"""Told as stories: bots trade on the practice exchange, and its own books judge them."""
