"""Tell the rooms above, inside the same transaction, that a connection can no longer carry bots, or can again."""

from collections.abc import Iterator

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from accounts.models import User
from connections.models import CheckRun, Connection


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


def left_by_leaving(owner: User) -> list[str]:
    """Return what closing an account leaves behind, by connection. Called through the settings."""
    mine = Connection.objects.owned_by(owner).order_by("name")
    return [f"{one.name}: {told}" for one in mine for told in left_by_deleting(one)]


def rows_of(owner: User) -> Iterator[tuple[str, models.QuerySet[models.Model]]]:
    """Return all rows of a trader's connections, for the file that they take along; keys are none of them."""
    yield "connections", Connection.objects.filter(owner=owner).order_by("pk")
    yield "checks", CheckRun.objects.filter(connection__owner=owner).order_by("pk")
