"""Orders that an exchange lists with an id of ours, and that no row of ours knows: those of a time that was lost."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from connections import desks
from connections.models import Connection
from exchanges.desk.list_orders import ListedOrder
from strategies.models import Order

OURS = re.compile(r"bf[0-9a-z]{22}", re.ASCII)


@dataclass(frozen=True)
class Stray:
    """An order with an id of ours that no row of ours knows."""

    pair: str
    listed: ListedOrder
    at: datetime


def placed_since(since: datetime, connection: Connection, pair: str) -> list[Stray]:
    """Return the strays of a pair in the order in which they were placed."""
    listed = desks.ask_with_key(
        connection, lambda desk, key: desk.history(key, pair=pair, since=since), purpose="compare"
    )
    mine = {one.client_id: one for one in listed if OURS.fullmatch(one.client_id)}
    known = set(Order.objects.filter(client_id__in=mine).values_list("client_id", flat=True))
    strays = (one for client_id, one in mine.items() if client_id not in known)
    found = [Stray(pair, one, one.at or timezone.now()) for one in strays if not one.at or one.at >= since]
    return sorted(found, key=lambda stray: stray.at)
