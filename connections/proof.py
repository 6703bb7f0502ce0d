"""Whether a connection can carry bots at this moment: asked by strategies inside the transaction that acts on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts import wording
from connections.models import Connection, Status


@dataclass(frozen=True, kw_only=True)
class BotRefusal:
    """Why not: a stable code and one sentence for the trader, in the language of the moment it is shown."""

    code: str
    text: Any


REFUSALS = {
    "connection.deleted": _("The connection was deleted. Choose another connection for this bot."),
    "connection.testing": _("The connection is being tested. Wait until the test has finished."),
    "connection.untested": _("The connection has not passed a test yet. Test it first."),
    "connection.error": _("The connection has an error. Open it, do what it says, and test it again."),
    "connection.trouble": _("The exchange cannot be asked about this key now. Wait: we test it again by ourselves."),
    "connection.stale": _("The connection’s last pass is too old. Test it again."),
}


OWNER_NOT_PROVEN = BotRefusal(code="owner.not_proven", text=wording.CONFIRM_FIRST)

NO_FACTOR = BotRefusal(
    code="owner.no_factor", text=_("Add a second factor first: a live bot trades real money. Practice bots need none.")
)


def refuse_bots(connection: Connection, now: datetime) -> BotRefusal | None:
    """Return why the connection cannot carry bots now, or None when it is Online with a fresh pass of its key."""
    code = _code(connection, now)
    return BotRefusal(code=code, text=REFUSALS[code]) if code else None


def _code(connection: Connection, now: datetime) -> str:
    if connection.deleted_at is not None:
        return "connection.deleted"
    if connection.is_testing:
        return "connection.testing"
    if connection.status == Status.UNTESTED:
        return "connection.untested"
    if connection.status == Status.ERROR:
        return "connection.trouble" if connection.is_in_trouble else "connection.error"
    return "" if connection.is_proven(now) else "connection.stale"


def lock_connection(connection_id: int) -> Connection:
    """Return the connection, locked until the transaction ends, so that no verdict can slip in between."""
    # no_key: orders point at this row, and the worker that writes one holds its bot, which the caller may want next.
    return Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection_id)
