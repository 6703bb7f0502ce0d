"""What people are told of their connections when they do not look; written in the transaction that finds it out."""

from datetime import date, datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from connections.models import Connection
from messaging import outbox

# Days before its end at which somebody is told of a key, once each.
BEFORE_END = (1, 3, 7, 14, 30)


def tell_not_online(connection: Connection, *, text: str, hint: str, is_temporary: bool, now: datetime) -> None:
    """Tell that a connection that was Online is so no more: `text` is the cause, `hint` the next step."""
    if is_temporary:
        kind, title = "connection.lost", gettext("{name} cannot be proven any more")
    else:
        kind, title = "connection.refused", gettext("{name} is refused")
    rest = gettext("Its bots neither buy nor sell meanwhile, not even at a stop loss.")
    _write(kind, connection, title=title, text="\n".join(filter(None, (text, hint, rest))), now=now)


def tell_lapsed(connection: Connection, *, now: datetime) -> None:
    text = gettext("Its last pass is too old, and no check has come to an end since. We go on trying.")
    tell_not_online(connection, text=text, hint="", is_temporary=True, now=now)


def tell_online_again(connection: Connection, *, now: datetime) -> None:
    text = gettext("Bots that only waited for it go on by themselves. The others wait for you.")
    _write("connection.lost", connection, title=gettext("{name} is Online again"), text=text, now=now)


def tell_key_ends(connection: Connection, *, ends_on: date, today: date, now: datetime) -> None:
    """Tell it once at each of the steps before the end; nothing while the end is far."""
    days = (ends_on - today).days
    step = next((one for one in BEFORE_END if days <= one), None)
    if step is None or days < 0:
        return
    title = gettext("The key of {name} ends today")
    if days:
        title = ngettext("The key of {name} ends in %d day", "The key of {name} ends in %d days", days) % days
    text = gettext(
        "It ends on {day}; from then on its bots neither buy nor sell. Make a new key at {exchange}, open the "
        "connection and press “Replace key”: nothing stops meanwhile."
    ).format(day=date_format(ends_on, "j F Y"), exchange=connection.spec.name)
    once = f"key.ends:{connection.public_id}:{ends_on}:{step}"
    _write("key.ends", connection, title=title, text=text, now=now, once=once)


def _write(
    kind: str,
    connection: Connection,
    *,
    title: str,
    text: str,
    now: datetime,
    once: str | None = None,
) -> None:
    mark = gettext("[Practice] ") if connection.is_practice else ""
    outbox.write(
        kind,
        user_id=connection.owner_id,
        title=mark + title.format(name=f"“{connection.name}”"),
        text=text,
        page=reverse("connection_detail", args=[connection.public_id]),
        # Each tells a change: one of an hour ago must not keep back that it is lost once more.
        cause=f"{kind}:{connection.public_id}:{now:%Y-%m-%d %H:%M:%S}",
        once=once,
        now=now,
    )
