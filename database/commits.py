"""Commits that need not wait for the disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def asynchronous() -> Iterator[None]:
    """Run a transaction that is committed before it is on the disk; inside another one it is a part of that.

    Only for what may be lost with the machine's power, and with nothing else: a process that dies loses nothing. The
    disk gets commits in their order, so that whatever is committed after it, and has to last, takes it along.
    """
    is_outermost = not connection.in_atomic_block
    if is_outermost and connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.execute("PRAGMA synchronous = NORMAL")
    try:
        with transaction.atomic():
            if is_outermost and connection.vendor == "postgresql":
                # By the driver: Django's cursor costs as much as the statement.
                with connection.wrap_database_errors:
                    connection.connection.execute("SET LOCAL synchronous_commit = off")
            yield
    finally:
        if is_outermost and connection.vendor == "sqlite" and connection.connection is not None:
            connection.connection.execute("PRAGMA synchronous = FULL")
