"""Look back: what a bot would have done on past candles. The engine decides; this finds when it must be asked."""
