"""Ask the rooms above what deleting a connection would leave behind."""

from django.conf import settings
from django.utils.module_loading import import_string

from connections.models import Connection


def left_by_deleting(connection: Connection) -> list[str]:
    """Return their sentences for the trader, by settings.LEFT_BY_DELETING."""
    return [told for path in settings.LEFT_BY_DELETING if (told := import_string(path)(connection))]
