"""Fixtures for tests that need the real broker, the practice exchange or a worker (mark them `services`)."""
