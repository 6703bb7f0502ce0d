"""Messages: what people are told when they do not look, where it is sent, and what became of it."""
