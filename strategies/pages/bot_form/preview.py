"""The worst case of a bot that is being typed: facts of its market and account, and what the engine makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from connections.models import Connection
from strategies import inputs
from strategies.choices import Direction
from strategies.engine.position import Side
from strategies.engine.sizing import Sizing
from strategies.engine.worst_case import Exposure, WorstCase, together, worst_case
from strategies.inputs import Plan
from strategies.market import wanted
from strategies.models import Bot, Funds, Instrument
from strategies.pages.bot_form.form import FIRST, LADDER, BotForm
from strategies.pairs import quote_of
from strategies.portfolio.exposure import Account, account_of, exposure_of, plan_of

ZERO = Decimal(0)
# A ladder without a price is shown for this one.
PLAIN_PRICE = Decimal(100)
# How often a card looks for a price (milliseconds), and when it gives up.
LOOK_EVERY = 2000
MOST_LOOKS = 30
# Without these there is nothing to reckon.
NEEDED = {
    "pairs": _("Name a pair, and every order of the ladder appears here."),
    "margin_limit": _("Enter the margin limit, and every order of the ladder appears here."),
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
class Preview:
    """`sizing` and `case` are None while something needed is missing; without a size the case is what was wished.

    `of_bot` is what all groups of the bot come to, `of_account` that of all bots of the connection, `bots` of them;
    None: no group can open.
    """

    typed: Typed
    pair: str
    instrument: Instrument | None
    account: Account
    looks: int
    is_waiting: bool
    sizing: Sizing | None = None
    case: WorstCase | None = None
    of_bot: Exposure | None = None
    of_account: Exposure | None = None
    bots: int = 1


def preview_of(user: User, posted: Mapping[str, Any], *, now: datetime, wants: bool) -> Preview:
    """Reckon what was typed; `wants` also asks the workers to keep the pair's price coming."""
    typed = read_typed(user, posted)
    pair = typed.pair(str(posted.get("pair", "")))
    others = _others(user, typed, str(posted.get("bot", "")))
    known = _known(typed, pair, others, now=now, wants=wants)
    instrument = known.get(pair)
    looks, money = _looks(posted), account_of(typed.connection, quote_of(pair), now)
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
    return _reckoned(preview, typed.plan, known, others) if typed.plan else preview


def read_typed(user: User, posted: Mapping[str, Any]) -> Typed:
    form = BotForm(posted, owner=user)
    form.is_valid()
    values = {**FIRST, **form.cleaned_data}
    lacks, plan = next((gettext(text) for name, text in NEEDED.items() if name not in values), ""), None
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


def _others(user: User, typed: Typed, edited: str) -> list[Bot]:
    """Return the bots beside the edited one that trade with the same money of the account."""
    if typed.connection is None or not typed.pairs:
        return []
    running = Bot.objects.owned_by(user).on(typed.connection.pk).running()
    quote = quote_of(typed.pairs[0])
    return [bot for bot in running if bot.quote == quote and str(bot.public_id) != edited]


def _known(typed: Typed, pair: str, others: Sequence[Bot], *, now: datetime, wants: bool) -> dict[str, Instrument]:
    """Return what is known of all pairs, and let the price of the shown one keep coming."""
    home = typed.connection
    if home is None or not pair:
        return {}
    pairs = {*typed.pairs, *(pair for bot in others for pair in bot.pairs)}
    found = Instrument.objects.at(home.exchange, home.venue).known(pairs)
    return found | wanted.want(home.exchange, home.venue, [pair], now=now) if wants else found


def _is_coming(connection: Connection | None, instrument: Instrument | None, money: Account, now: datetime) -> bool:
    """Say whether workers are about to tell a price or a balance that is not known yet."""
    if connection is None:
        return False
    if instrument is None or not instrument.has_rules or not instrument.is_fresh(now):
        return True
    return money.read_at is None and connection.is_proven(now)


def _reckoned(preview: Preview, plan: Plan, known: Mapping[str, Instrument], others: Sequence[Bot]) -> Preview:
    """Return the preview with its ladder; an account that was not read counts as if it held the margin limit."""
    instrument = preview.instrument or Instrument(pair=preview.pair)
    equity = plan.margin_limit if preview.account.equity is None else preview.account.equity
    sizing = inputs.sizing_of(plan, instrument, equity, side=plan.side)
    base = plan.base_order or sizing.largest or sizing.smallest
    ladder = sizing.ladder or (plan.ladder(base) if base else None)
    if ladder is None:
        return replace(preview, sizing=sizing)
    first, fees, minimum = instrument.price or PLAIN_PRICE, inputs.fees_of(instrument), inputs.minimum_of(instrument)
    case = worst_case(
        ladder,
        first=first,
        side=plan.side,
        fees=fees,
        minimum_cost=minimum,
        equity=equity,
        step=instrument.amount_step,
        stop_loss=None if plan.stop_loss is None else plan.stop_loss / inputs.HUNDRED,
    )
    of_bot = exposure_of(plan, known, equity)
    if of_bot is None:
        return replace(preview, sizing=sizing, case=case)
    beside = [found for bot in others if (found := exposure_of(plan_of(bot), known, equity))]
    of_account = together((of_bot, *beside), most=equity)
    return replace(preview, sizing=sizing, case=case, of_bot=of_bot, of_account=of_account, bots=1 + len(beside))
