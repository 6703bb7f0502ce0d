"""One group as a page shows it: its figures in words and numbers, what it waits for, and the levels of its chart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from strategies.choices import GroupMode
from strategies.engine.decision import Trait, having
from strategies.models import Group, Instrument, Order
from strategies.portfolio.standing import Figures
from strategies.words import badges, numbers, reasons, stops
from strategies.words.badges import Badge
from strategies.words.numbers import tone_of
from web.language import inside

NO_MARKET = having(Trait.NO_MARKET)
# So long its page tells why nothing was bought of what its trader asked to add; the journal keeps it.
NEWS_FOR = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class PriceLevel:
    """One price of the chart and of the table beside it; `away` is how far the price now is from it, as a share."""

    kind: str
    label: str
    price: Decimal
    away: Decimal | None
    shown: str
    shown_away: str


@dataclass(frozen=True, kw_only=True)
class GroupTrouble:
    """Recovery Mode: why it was entered, what ends it, and how far break-even is."""

    why: str
    ends: str
    distance: str


@dataclass(frozen=True, kw_only=True)
class GroupCard:
    group: Group
    look: Badge
    base: str
    quote: str
    tone: str
    held: str
    carried: str
    average: str
    break_even: str
    price: str
    result: str
    result_share: str
    add_ons: str
    at_work: str
    next_price: str
    next_cost: str
    take_profit: str
    take_profit_gross: str
    stop_loss: str
    stop_left: int
    own_exits: str
    not_added: str
    waits: str
    whats_next: str
    order: str
    levels: list[PriceLevel]
    trouble: GroupTrouble | None
    priced_at: datetime | None
    is_stale: bool

    @property
    def is_in_recovery(self) -> bool:
        return self.trouble is not None

    @property
    def adopted(self) -> str:
        return coins_adopted(self.group)


def card_of(
    group: Group, standing: Figures, *, instrument: Instrument | None, order: Order | None, now: datetime
) -> GroupCard:
    step, (base, _, quote) = instrument.price_step if instrument else None, group.pair.partition("/")
    # How far above what was paid for a coin its sale would be.
    gross = standing.take_profit / standing.average - 1 if standing.take_profit and standing.average else None
    # A late order can have brought less than was carried of it.
    free = group.carried - group.passed_on
    beyond = now - group.stop_since if group.stop_since else timedelta(0)
    return GroupCard(
        group=group,
        look=badges.LEFT_ALONE if group.is_left_alone else badges.MODES[group.mode],
        base=base,
        quote=quote,
        tone=tone_of(standing.result),
        held=numbers.amount(standing.held),
        carried=_carried(free, base) if free > 0 else "",
        average=numbers.price(standing.average, step),
        break_even=numbers.price(standing.break_even, step),
        price=numbers.price(standing.price, step),
        result=numbers.money(standing.result, signed=True),
        result_share=numbers.percent(standing.result_share, signed=True),
        add_ons=gettext("%(done)d of %(planned)d") % {"done": group.add_ons_done, "planned": standing.add_ons},
        at_work=numbers.money(standing.at_work),
        next_price=numbers.price(standing.next_price, step),
        next_cost=numbers.money(standing.next_cost),
        take_profit=numbers.price(standing.take_profit, step),
        take_profit_gross=numbers.percent(gross, signed=True) if gross else "",
        stop_loss=numbers.price(standing.stop_loss, step),
        stop_left=max(0, group.bot.stop_timeout_seconds - int(beyond.total_seconds())) if group.stop_since else 0,
        own_exits=_own_exits(group),
        not_added=not_added(group, now),
        waits=waits_for(group),
        whats_next="" if group.is_left_alone or group.to_add is not None else reasons.whats_next(group.reason),
        order=order_under_way(order),
        levels=levels_of(standing, step),
        trouble=_trouble(group, standing),
        priced_at=instrument.priced_at if instrument else None,
        is_stale=instrument is None or not instrument.is_fresh(now),
    )


def _carried(free: Decimal, base: str) -> str:
    text = gettext("%(coins)s of that were left by earlier groups, at no cost")
    return text % {"coins": f"{numbers.amount(free)} {base}"}


def coins_adopted(group: Group) -> str:
    """Return which of its coins no order of the bot bought; "" for a group that the bot opened."""
    if group.adoption is None:
        return ""
    return gettext("Adopted: %(coins)s %(base)s, at %(price)s a coin, the price that you named") % {
        "coins": numbers.amount(group.adoption.quantity),
        "base": group.pair.partition("/")[0],
        "price": numbers.price(group.adoption.price),
    }


def _own_exits(group: Group) -> str:
    """Return those that hold for this group alone; "" while it goes by its bot's settings."""
    if group.own_exits is None:
        return ""
    target, stop = (None if one is None else numbers.round_percent(one / 100) for one in group.own_exits)
    beside = gettext("stop loss %(stop)s") % {"stop": stop} if stop else gettext("no stop loss")
    return gettext("Its own: take profit %(target)s, %(stop)s") % {"target": target, "stop": beside}


def not_added(group: Group, now: datetime) -> str:
    """Return why nothing was bought of what its trader asked to add, as long as that is news."""
    if not group.add_refusal or group.to_add_at is None or now - group.to_add_at > NEWS_FOR:
        return ""
    return gettext("You asked to buy more, and nothing was bought. %(why)s") % {
        "why": reasons.beside_badge(group.add_refusal)
    }


def waits_for(group: Group) -> str:
    """Return what the group waits for, or that nobody looks after it, in a sentence."""
    if group.close_asked_at:
        why = reasons.reason(group.reason) if group.reason in NO_MARKET else ""
        return f"{gettext('You asked to close it at market.')} {why}".rstrip()
    if group.sell_to is not None:
        return gettext("You asked to sell a part at market.")
    if group.to_add is not None:
        return gettext("You asked to buy more at once.")
    if group.is_left_alone:
        return stops.left_alone(is_halted=group.bot.is_halted)
    if group.reason:
        return reasons.reason(group.reason)
    return gettext("Its entry is under way.") if group.is_empty else gettext("It has not been looked at yet.")


def order_under_way(order: Order | None) -> str:
    if order is None:
        return ""
    purpose = f"{order.get_purpose_display()} {order.step}" if order.step else order.get_purpose_display()
    known = {"order": purpose, "quantity": numbers.amount(order.quantity), "price": numbers.price(order.price)}
    state = inside(badges.ORDER_STATES[order.state].label)
    return gettext("%(order)s of %(quantity)s at %(price)s: %(state)s") % {**known, "state": state}


def levels_of(standing: Figures, step: Decimal | None) -> list[PriceLevel]:
    """Return the prices that matter to the group, the highest first."""
    known = (
        ("take_profit", _("Take profit"), standing.take_profit),
        ("break_even", _("Break-even"), standing.break_even),
        ("average", _("Average"), standing.average),
        ("next_add_on", _("Next add-on"), standing.next_price),
        ("zone_end", _("Its zone ends"), standing.zone_end),
        ("stop_loss", _("Stop loss"), standing.stop_loss),
    )
    found = [_level(kind, gettext(label), at, standing.price, step) for kind, label, at in known if at is not None]
    return sorted(found, key=lambda level: level.price, reverse=True)


def _level(kind: str, label: str, at: Decimal, now: Decimal | None, step: Decimal | None) -> PriceLevel:
    away = (at - now) / now if now else None
    return PriceLevel(
        kind=kind,
        label=label,
        price=at,
        away=away,
        shown=numbers.price(at, step),
        shown_away=numbers.percent(away, signed=True),
    )


def _trouble(group: Group, standing: Figures) -> GroupTrouble | None:
    if group.mode != GroupMode.RECOVERY:
        return None
    return GroupTrouble(
        why=reasons.reason(group.recovery_reason) if group.recovery_reason else gettext("Recovery Mode is on."),
        ends=reasons.whats_next(group.recovery_reason) or gettext("It ends when the price holds beyond break-even."),
        distance=_distance(standing.to_break_even),
    )


def _distance(share: Decimal | None) -> str:
    if share is None:
        return gettext("How far break-even is will show with the next price.")
    if share <= 0:
        return gettext("The price is beyond break-even.")
    return gettext("Break-even is %(share)s away.") % {"share": numbers.percent(share)}
