"""All open groups of one trader with their figures: what the list of bots and the overview sum up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from strategies.models import Group, Instrument
from strategies.positions import stand
from strategies.results import Stood
from strategies.stopping import key_of

# exchange, venue, pair
Key = tuple[str, str, str]


def standings_of(user: User, now: datetime) -> list[Stood]:
    """Return them in two queries, those in trouble first."""
    groups = list(Group.objects.owned_by(user).open().for_cards())
    known = instruments_for(groups) if groups else {}
    return [(group, stand(group, known.get(key_of(group)), now)) for group in groups]


def instruments_for(groups: Iterable[Group]) -> dict[Key, Instrument]:
    keys = {key_of(group) for group in groups}
    exchanges, venues, pairs = zip(*keys, strict=True)
    found = Instrument.objects.filter(exchange__in=set(exchanges), venue__in=set(venues), pair__in=set(pairs))
    return {(one.exchange, one.venue, one.pair): one for one in found}
