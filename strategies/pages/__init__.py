"""What traders see of bots: one file a page, its facts and its view together."""
