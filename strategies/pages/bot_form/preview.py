"""The worst case of a bot that is being typed: facts of its market and account, and what the engine makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from connections.models import Connection
from strategies import account, inputs
from strategies.choices import Direction
from strategies.engine.position import Side
from strategies.engine.sizing import Sizing
from strategies.engine.worst_case import WorstCase, worst_case
from strategies.inputs import Plan
from strategies.market import wanted
from strategies.models.funds import Funds
from strategies.models.market import Instrument
from strategies.pages.bot_form.form import FIRST, LADDER, BotForm
from strategies.pairs import quote_of

ZERO = Decimal(0)
# A ladder without a price is shown for this one.
PLAIN_PRICE = Decimal(100)
# How often a card looks for a price (milliseconds), and when it gives up.
LOOK_EVERY = 2000
MOST_LOOKS = 30
# Without these there is nothing to reckon.
NEEDED = {
    "pairs": "Name a pair, and every order of the ladder appears here.",
    "margin_limit": "Enter the margin limit, and every order of the ladder appears here.",
}


@dataclass(frozen=True, kw_only=True)
class Typed:
    """As much of a half-filled form as can be read; `faults` are what stands in it and cannot."""

    connection: Connection | None
    pairs: tuple[str, ...]
    plan: Plan | None
    faults: tuple[str, ...]
    lacks: str

    def pair(self, wished: str) -> str:
        return wished if wished in self.pairs else next(iter(self.pairs), "")


@dataclass(frozen=True, kw_only=True)
class Account:
    """`equity` in the quote money, None when the balance was not read yet.

    All bots of the connection may lose the share `loss_cap` of it together, and by now could lose `at_risk`.
    """

    equity: Decimal | None = None
    read_at: datetime | None = None
    loss_cap: Decimal = ZERO
    at_risk: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`sizing` and `case` are None while something needed is missing; without a size the case is what was wished."""

    typed: Typed
    pair: str
    instrument: Instrument | None
    account: Account
    looks: int
    is_waiting: bool
    sizing: Sizing | None = None
    case: WorstCase | None = None


def preview_of(user: User, posted: Mapping[str, Any], *, now: datetime, wants: bool) -> Preview:
    """Reckon what was typed; `wants` also asks the workers to keep the pair's price coming."""
    typed = read_typed(user, posted)
    pair = typed.pair(str(posted.get("pair", "")))
    instrument = _instrument(typed.connection, pair, now=now, wants=wants)
    looks, money = _looks(posted), _account(typed.connection, quote_of(pair), now)
    if wants and typed.connection:
        Funds.objects.read_once(typed.connection, now=now)
    preview = Preview(
        typed=typed,
        pair=pair,
        instrument=instrument,
        account=money,
        looks=looks,
        is_waiting=bool(pair) and looks < MOST_LOOKS and _is_coming(typed.connection, instrument, money, now),
    )
    return _reckoned(preview, typed.plan) if typed.plan else preview


def read_typed(user: User, posted: Mapping[str, Any]) -> Typed:
    form = BotForm(posted, owner=user)
    form.is_valid()
    values = {**FIRST, **form.cleaned_data}
    lacks, plan = next((text for name, text in NEEDED.items() if name not in values), ""), None
    if not lacks:
        side = Side.SHORT if values["direction"] == Direction.SHORT else Side.LONG
        # What fits only together is not half of a ladder.
        wrong = LADDER if form.errors.keys() & LADDER else ()
        plan = Plan.of({name: value for name, value in values.items() if name not in wrong} | {"side": side})
    return Typed(
        connection=values.get("connection"),
        pairs=values.get("pairs", ()),
        plan=plan,
        faults=tuple(_faults(form)),
        lacks=lacks,
    )


def _faults(form: BotForm) -> list[str]:
    """Return what is wrong with what stands there; what is not typed yet is not wrong."""
    shown = ("connection", "pairs", "direction", "margin_limit", "base_order", *LADDER)
    names = [name for name in shown if name in form.errors and form[name].value()]
    return [f"{form[name].label}: {' '.join(map(str, form.errors[name]))}" for name in names]


def _looks(posted: Mapping[str, Any]) -> int:
    """Return how often the page has looked for this price; what is no such number counts as never."""
    text = str(posted.get("looks", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def _instrument(connection: Connection | None, pair: str, *, now: datetime, wants: bool) -> Instrument | None:
    if connection is None or not pair:
        return None
    exchange, venue = connection.exchange, connection.venue
    here = Instrument.objects.at(exchange, venue)
    found = wanted.want(exchange, venue, [pair], now=now) if wants else here.known([pair])
    return found.get(pair)


def _is_coming(connection: Connection | None, instrument: Instrument | None, money: Account, now: datetime) -> bool:
    """Say whether workers are about to tell a price or a balance that is not known yet."""
    if connection is None:
        return False
    if instrument is None or not instrument.has_rules or not instrument.is_fresh(now):
        return True
    return money.read_at is None and connection.is_proven(now)


def _account(connection: Connection | None, quote: str, now: datetime) -> Account:
    """Return the account's equity as bots reckon it: its quote money, and what their groups have at work."""
    funds = Funds.objects.filter(connection=connection).first() if connection and quote else None
    if funds is None or funds.read_at is None or connection is None or not funds.tells(quote):
        return Account()
    key, pools = (connection.pk, quote), account.read({connection.pk: funds}, now=now)
    at_work = sum((pools.holdings[group].at_work for group, where in pools.keys.items() if where == key), ZERO)
    return Account(
        equity=funds.total(quote) + at_work,
        read_at=funds.read_at,
        loss_cap=Decimal(funds.loss_cap) / 100,
        at_risk=pools.of(key).at_risk,
    )


def _reckoned(preview: Preview, plan: Plan) -> Preview:
    """Return the preview with its ladder; an account that was not read counts as if it held the margin limit."""
    instrument, known = preview.instrument or Instrument(pair=preview.pair), preview.account.equity
    equity = plan.margin_limit if known is None else known
    sizing = inputs.sizing_of(plan, instrument, equity, side=plan.side)
    base = plan.base_order or sizing.largest or sizing.smallest
    ladder = sizing.ladder or (plan.ladder(base) if base else None)
    if ladder is None:
        return replace(preview, sizing=sizing)
    first, fees, minimum = instrument.price or PLAIN_PRICE, inputs.fees_of(instrument), inputs.minimum_of(instrument)
    step = instrument.amount_step
    case = worst_case(ladder, first=first, side=plan.side, fees=fees, minimum_cost=minimum, equity=equity, step=step)
    return replace(preview, sizing=sizing, case=case)
