"""What the database may be like, and may let us do, for orders to be sent on it.

One that forgets commits in a crash must carry none: an intent that is gone is an order sent twice. A role that may do
everything could take the audit trail's triggers away, and read the files of the server.
"""

from django.db import connection

# What each database must say of itself for a committed row to be on the disk.
LASTING: dict[str, dict[str, set[str | int]]] = {
    "postgresql": {"fsync": {"on"}, "synchronous_commit": {"on", "local", "remote_write", "remote_apply"}},
    "sqlite": {"synchronous": {2, 3}},
}
# What a role of ours must not be.
POWERS = {"superuser": "rolsuper", "createrole": "rolcreaterole", "bypassrls": "rolbypassrls"}
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


def powers_of_role() -> list[str]:
    """Return what our role of PostgreSQL may do beyond its tables."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(POWERS.values())} FROM pg_roles WHERE rolname = current_user")  # noqa: S608 - names of ours
        return [name for name, has in zip(POWERS, cursor.fetchone(), strict=True) if has]
