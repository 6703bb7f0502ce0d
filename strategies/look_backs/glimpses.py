"""Ask for a glimpse back at a bot while its settings are typed: on few candles, and none but those that are kept."""

import hashlib
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.guard import limits
from accounts.models import User
from strategies.look_backs.flows import length_of
from strategies.models import BotSettings, CandleMonth, Glimpse, Instrument
from strategies.models.look_backs import last_stretch
from workers import wake

TASK = "strategies.glimpse"
# One answer stays cheap: so many months, and so many of all pairs together.
MOST_MONTHS, MOST_PAIR_MONTHS = 3, 6
# Less would be nothing to conclude from.
LEAST = timedelta(days=7)
# What a bot is called and where it trades decide nothing of what it would have done.
APART = frozenset({"name", "connection", "pairs"})


class GlimpseError(Exception):
    """There is none; `code` says why, and strategies/words/look_backs.py what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def ask(owner: User, settings: BotSettings, *, now: datetime, is_look: bool = False) -> Glimpse:
    """Return the trader's glimpse at a bot with these settings, which a worker answers, or has answered.

    Raises GlimpseError where there can be none. The same question is asked once; a new one takes the last one's place.
    `is_look`: the page only looks whether the answer is there, so that what was given up is not asked anew.
    """
    home, pairs = settings.connection, settings.pairs
    if len(pairs) > MOST_PAIR_MONTHS:
        raise GlimpseError("glimpse.many_pairs")
    kept = CandleMonth.objects.of(home.exchange, home.venue, pairs).stretches()
    months = max(1, min(MOST_MONTHS, MOST_PAIR_MONTHS // len(pairs)))
    stretch = last_stretch(kept, pairs, most=length_of(months))
    if stretch is None or stretch[1] - stretch[0] < LEAST:
        raise GlimpseError("glimpse.no_candles")
    known = Instrument.objects.at(home.exchange, home.venue).known(pairs)
    if not all(pair in known and known[pair].ruled_at and known[pair].price_step for pair in pairs):
        raise GlimpseError("glimpse.no_rules")
    columns = _columns(settings)
    question = [home.pk, columns, *(moment.isoformat() for moment in stretch)]
    key = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
    row = Glimpse.objects.filter(owner=owner).select_related("connection").first()
    if row is not None and row.is_known(key, now) and (is_look or not row.is_given_up(now)):
        return row
    if not limits.take(limits.GLIMPSE, owner.pk):
        raise GlimpseError("glimpse.too_many")
    asked = {"connection": home, "settings_json": columns, "key": key, "since": stretch[0], "until": stretch[1]}
    empty = {"asked_at": now, "claim_until": None, "ended_at": None, "problem": "", "answer_json": None}
    row, _ = Glimpse.objects.update_or_create(owner=owner, defaults={**asked, **empty})
    wake.after_commit(TASK, row.pk)
    return row


def _columns(settings: BotSettings) -> dict[str, Any]:
    """Return the settings as a bot's columns, as JSON has them: no digit of a number is lost."""
    columns = {name: value for name, value in vars(settings).items() if name not in APART}
    shown = {name: str(value) if isinstance(value, Decimal) else value for name, value in columns.items()}
    return {**shown, "pairs_json": list(settings.pairs)}
