"""Each exchange that we know: its check, its orders, its words."""
