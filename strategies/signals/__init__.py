"""Alerts: where they arrive, what they say, how they wait, what is done about them."""
