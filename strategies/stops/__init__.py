"""Pauses, closing, releasing, the kill switch: for a bot, a trader, everybody."""
