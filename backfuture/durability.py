"""A database that forgets commits in a crash must carry no orders: an intent that is gone is an order sent twice."""

from django.db import connection

# What each database must say of itself for a committed row to be on the disk.
LASTING: dict[str, dict[str, set[str | int]]] = {
    "postgresql": {"fsync": {"on"}, "synchronous_commit": {"on", "local", "remote_write", "remote_apply"}},
    "sqlite": {"synchronous": {2, 3}},
}
ASKING = {"postgresql": "SHOW {}", "sqlite": "PRAGMA {}"}


def forgetful_setting() -> str:
    """Return the setting that lets commits be forgotten, as "name=value", "" when there is none."""
    with connection.cursor() as cursor:
        for name, lasting in LASTING[connection.vendor].items():
            cursor.execute(ASKING[connection.vendor].format(name))
            (value,) = cursor.fetchone()
            if value not in lasting:
                return f"{name}={value}"
    return ""
