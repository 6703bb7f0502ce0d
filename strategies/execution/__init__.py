"""The life of an order: its terms, its intent, its sending, what became of it, the books."""
