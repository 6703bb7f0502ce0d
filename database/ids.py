"""Public ids: the only ids that appear in addresses, pages and the audit trail."""

import uuid


def public_id() -> uuid.UUID:
    """Return a new unguessable id (random, so it tells neither count nor time)."""
    return uuid.uuid4()
