"""What a trader's connections are called."""

from accounts.models import User
from connections.models import Connection


def names_in_the_trail(user: User) -> dict[str, str]:
    """Return the names of the user's connections, deleted ones too, by their labels. Called through the settings."""
    rows = Connection.objects.filter(owner=user).values_list("public_id", "name")
    return {f"connection:{public_id}": name for public_id, name in rows}
