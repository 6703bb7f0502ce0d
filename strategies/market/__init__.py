"""What exchanges say of their markets: prices, rules and candles, and which of them somebody wants."""
