"""What was made, by day, bot and pair: on the overview, on pages of its own, and as files."""
