"""One after the other, over all processes: transactions that count rows before they change them."""

import zlib

from django.db import connection


def one_at_a_time(what: str) -> None:
    """Wait until no other transaction has named the same, and keep others waiting until this one ends.

    On SQLite every transaction is alone from its beginning.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(what.encode())])
