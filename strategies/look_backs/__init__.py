"""Looks back at a bot: asked for by a page, done by a worker of its own with stored candles and the pure run."""
