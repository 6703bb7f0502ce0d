"""Tell the rooms above, inside the same transaction, that a connection can no longer carry bots, or can again."""

from django.conf import settings
from django.utils.module_loading import import_string

from connections.models import Connection


def announce(connection_id: int, *, reason: str, is_temporary: bool = False) -> None:
    """Call settings.WHEN_NOT_ONLINE with the connection and a finding code; a failure undoes the whole transaction.

    `is_temporary`: nothing speaks against the key, we only could not prove it.
    """
    for path in settings.WHEN_NOT_ONLINE:
        import_string(path)(connection_id, reason=reason, is_temporary=is_temporary)


def announce_end(connection_id: int) -> None:
    """Call settings.WHEN_ONLINE_AGAIN with a connection that has just passed, for the account of before."""
    for path in settings.WHEN_ONLINE_AGAIN:
        import_string(path)(connection_id)


def left_by_deleting(connection: Connection) -> list[str]:
    """Return their sentences for the trader, by settings.LEFT_BY_DELETING."""
    return [told for path in settings.LEFT_BY_DELETING if (told := import_string(path)(connection))]


def is_key_needed(connection: Connection) -> bool:
    """Say, by settings.KEY_NEEDED_BY, whether rooms above still hold something that only this key can end."""
    return any(import_string(path)(connection) for path in settings.KEY_NEEDED_BY)
