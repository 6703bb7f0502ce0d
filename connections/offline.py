"""Tell the rooms above, inside the same transaction, that a connection can no longer carry bots."""

from django.conf import settings
from django.utils.module_loading import import_string


def announce(connection_id: int, *, reason: str) -> None:
    """Call settings.WHEN_NOT_ONLINE with the connection and a finding code; a failure undoes the whole transaction."""
    for path in settings.WHEN_NOT_ONLINE:
        import_string(path)(connection_id, reason=reason)
