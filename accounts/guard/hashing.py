"""Passwords are hashed a few at a time: each hash takes 47 MiB, and anybody may ask for one by signing in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher


class HashingBusyError(Exception):
    """Too many passwords wait to be hashed; nothing was looked at."""


class Queue:
    """Let `at_once` work, and `waiting` wait for them for so long; all others are sent away at once."""

    def __init__(self, *, at_once: int, waiting: int, seconds: float) -> None:
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._working = threading.BoundedSemaphore(at_once)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; raises HashingBusyError when none is free, or becomes free in time."""
        if not self._places.acquire(blocking=False):
            raise HashingBusyError
        try:
            if not self._working.acquire(timeout=self._seconds):
                raise HashingBusyError
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._places.release()


# Of the web's 8 threads at most 6 are held by passwords, so that pages, alerts and stops are answered meanwhile.
HELD = 6
QUEUE = Queue(at_once=settings.PASSWORDS_AT_ONCE, waiting=HELD - settings.PASSWORDS_AT_ONCE, seconds=5.0)


class QueuedArgon2Hasher(Argon2PasswordHasher):
    """argon2id with OWASP's 47 MiB; hashes with other figures are made anew when their owner signs in."""

    time_cost = 2
    memory_cost = 47 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with QUEUE.place():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with QUEUE.place():
            return super().verify(password, encoded)
