"""The worst-case card in words and figures: everything that its template shows, ready to be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext, ngettext

from strategies.choices import AddOnBehaviour
from strategies.engine.ladder import Rung, stress_of, stress_price
from strategies.engine.position import Side
from strategies.engine.sizing import LimitedBy, Sizing
from strategies.engine.worst_case import Exposure
from strategies.inputs import Plan, groups_of, level_of, minimum_of
from strategies.pages.bot_form.preview import LOOK_EVERY, Preview
from strategies.pairs import quote_of
from strategies.portfolio.exposure import Account
from strategies.words import numbers, sizes

ZERO, ONE, PERCENT = Decimal(0), Decimal(1), Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Row:
    label: str
    deviation: str
    price: str
    order: str
    total: str
    average: str
    break_even: str
    bounce: str
    is_too_small: bool


@dataclass(frozen=True)
class Sum:
    """Money, and its share of the equity."""

    money: str
    share: str


@dataclass(frozen=True, kw_only=True)
class Fall:
    """What one group loses, and what more of them do (`more`, in the order of the card's `scopes`)."""

    fall: str
    loss: str
    share: str
    more: tuple[Sum, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Card:
    """`size` says how large the first order is, or that there is none; `why` what decides it; `helps` what would help.

    `notes` are what the figures stand on, `cautions` what a trader would not expect; `work` is what is at work where
    `falls` are what is lost. `every` is in milliseconds, 0 when there is nothing to wait for.
    """

    pairs: tuple[str, ...]
    pair: str
    quote: str
    lacks: str
    faults: tuple[str, ...]
    every: int
    looks: int
    priced_at: datetime | None
    read_at: datetime | None
    equity: str = ""
    minimum: str = ""
    headline: str = ""
    size: str = ""
    is_refused: bool = False
    why: str = ""
    helps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    cautions: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    work: Fall | None = None
    falls: tuple[Fall, ...] = ()
    direction: str = ""

    @property
    def has_small(self) -> bool:
        return any(row.is_too_small for row in self.rows)


def card_of(preview: Preview) -> Card:
    """Put a preview into words; one that cannot be reckoned yet says what is missing."""
    instrument = preview.instrument
    bare = {
        "pairs": preview.typed.pairs,
        "pair": preview.pair,
        "quote": quote_of(preview.pair),
        "lacks": "" if preview.typed.faults else preview.typed.lacks,
        "faults": preview.typed.faults,
        "every": LOOK_EVERY if preview.is_waiting else 0,
        "looks": preview.looks + 1,
        "priced_at": instrument.priced_at if instrument else None,
        "read_at": preview.account.read_at,
    }
    plan, sizing = preview.typed.plan, preview.sizing
    return Card(**bare, **_reckoned(preview, plan, sizing)) if plan and sizing else Card(**bare)  # type: ignore[arg-type]


def _reckoned(preview: Preview, plan: Plan, sizing: Sizing) -> dict[str, object]:
    words = _Words(preview=preview, plan=plan, sizing=sizing, quote=quote_of(preview.pair))
    case = preview.case
    return {
        "equity": words.equity,
        "minimum": words.minimum,
        "headline": words.headline,
        "size": words.size,
        "is_refused": sizing.ladder is None,
        "why": words.why,
        "helps": tuple(sizes.helps(sizing, words.quote)),
        "notes": tuple(words.notes()),
        "cautions": tuple(words.cautions()) if case else (),
        "scopes": tuple(name for name, _ in words.wider),
        "work": words.work,
        "rows": tuple(_row(rung, plan.side, words.step) for rung in case.rungs) if case else (),
        "falls": tuple(words.falls()),
        "direction": gettext("falls") if plan.side is Side.LONG else gettext("rises"),
    }


def _row(rung: Rung, side: Side, step: Decimal | None) -> Row:
    return Row(
        label=gettext("Add-on %(number)d") % {"number": rung.k} if rung.k else gettext("Entry"),
        deviation=numbers.percent(-side.sign * rung.deviation) if rung.k else "",
        price=numbers.price(rung.price, step),
        order=numbers.at_most(rung.cost),
        total=numbers.at_most(rung.total),
        average=numbers.price(rung.average, step),
        break_even=numbers.price(rung.break_even, step),
        bounce=numbers.percent(rung.bounce),
        is_too_small=rung.is_too_small,
    )


@dataclass(frozen=True, kw_only=True)
class _Words:
    preview: Preview
    plan: Plan
    sizing: Sizing
    quote: str

    @property
    def step(self) -> Decimal | None:
        """Return what prices are rounded to, so that their decimals stand below each other."""
        instrument = self.preview.instrument
        return instrument.price_step if instrument and instrument.price else PERCENT

    @property
    def exchange(self) -> str:
        return self.preview.typed.connection.spec.name if self.preview.typed.connection else gettext("The exchange")

    @property
    def equity(self) -> str:
        known = self.preview.account.equity
        return "" if known is None else self._money(numbers.money(known))

    @property
    def minimum(self) -> str:
        least = minimum_of(self.preview.instrument)
        return self._money(numbers.at_least(least)) if least else ""

    @property
    def headline(self) -> str:
        case = self.preview.case
        if case is None:
            return ""
        total = self._money(numbers.at_most(case.total))
        if not self.plan.adds_on:
            return gettext("One order of %(total)s per group, and no add-ons.") % {"total": total}
        first = self._money(numbers.at_most(case.rungs[0].cost))
        return gettext("“%(first)s orders” really means %(total)s at work in each group.") % {
            "first": first,
            "total": total,
        }

    @property
    def size(self) -> str:
        if self.sizing.ladder is None:
            return sizes.refusal(self.sizing, self.quote)
        return gettext("First order: %(money)s") % {"money": self._money(numbers.at_most(self.sizing.ladder.base))}

    @property
    def why(self) -> str:
        ladder, level = self.sizing.ladder, level_of(self.plan)
        if ladder is None or self.sizing.limited_by is LimitedBy.WISH:
            largest = self._money(numbers.at_most(self.sizing.largest))
            return gettext("The risk level and the margin limit allow up to %(largest)s.") % {"largest": largest}
        if self.sizing.limited_by is LimitedBy.RISK:
            stress = stress_of(self.preview.pair.partition("/")[0])
            at = stress_price(ladder, first=ONE, side=self.plan.side, stress=stress)
            loss, moved = self._money(numbers.money(self.sizing.loss)), numbers.round_percent(abs(ONE - at))
            return gettext(
                "Set by the risk level: when the price moves %(moved)s against it, the whole ladder loses %(loss)s, "
                "%(share)s of the equity, before fees."
            ) % {"moved": moved, "loss": loss, "share": numbers.round_percent(level.accepted_loss)}
        if self.plan.add_on_behaviour == AddOnBehaviour.FIRST_COME:
            text = gettext("Set by the margin limit: one whole ladder stays within %(share)s of it.")
            return text % {"share": numbers.round_percent(level.hard)}
        groups, soft = groups_of(self.plan), numbers.round_percent(level.soft)
        return ngettext(
            "Set by the margin limit: one group with all its add-ons stays within %(share)s of it.",
            "Set by the margin limit: %(groups)d groups with all their add-ons stay within %(share)s of it.",
            groups,
        ) % {"groups": groups, "share": soft}

    @property
    def wider(self) -> list[tuple[str, Exposure]]:
        """Return what is larger than a group: the bot with all its groups, the account with all its bots."""
        preview, found = self.preview, list[tuple[str, Exposure]]()
        if preview.of_bot and preview.of_bot.groups > 1:
            found.append((gettext("All %(count)d groups") % {"count": preview.of_bot.groups}, preview.of_bot))
        if preview.of_account and preview.bots > 1:
            found.append((gettext("All %(count)d bots here") % {"count": preview.bots}, preview.of_account))
        return found

    @property
    def work(self) -> Fall | None:
        case = self.preview.case
        if case is None:
            return None
        group, more = self._sum(case.total), tuple(self._sum(one.at_work) for _, one in self.wider)
        return Fall(fall=gettext("At work"), loss=group.money, share=group.share, more=more)

    def falls(self) -> Iterator[Fall]:
        case, side = self.preview.case, self.plan.side
        for i, loss in enumerate(case.losses if case else ()):
            yield Fall(
                fall=(numbers.MINUS if side is Side.LONG else "+") + numbers.round_percent(loss.fall),
                loss=numbers.money(loss.with_fees),
                share="" if loss.share is None else numbers.percent(loss.share),
                more=tuple(self._sum(one.losses[i]) for _, one in self.wider),
            )

    def cautions(self) -> Iterator[str]:
        """Yield where the plan is not what it seems."""
        preview, case = self.preview, self.preview.case
        held, level = preview.account.equity, level_of(self.plan)
        if case and case.stop and case.stop.add_ons + 1 < len(case.rungs):
            at = numbers.price(case.stop.price, self.step)
            text = gettext("The stop loss comes before add-on %(number)d: it sells at %(price)s, and nothing is added.")
            yield text % {"number": case.stop.add_ons + 1, "price": at}
        if case and level.floor is not None and (late := [row.k for row in case.rungs if row.deviation > level.floor]):
            text = gettext(
                "Add-on %(number)d and what follows lie beyond the floor: money is set aside for them in vain."
            )
            yield text % {"number": late[0]}
        if held is None:
            return
        account, groups, loss = preview.account, groups_of(self.plan), self.sizing.loss
        fit = int((account.loss_cap * held - account.at_risk) // loss) if self.sizing.ladder and loss > 0 else groups
        if 0 < fit < groups:
            cap = numbers.round_percent(account.loss_cap)
            yield self._capped(bool(account.at_risk)) % {"cap": cap, "fit": fit, "groups": groups}
        holds = self._money(numbers.money(held))
        if self.plan.margin_limit > held:
            text = gettext(
                "The margin limit is %(limit)s, the account holds %(holds)s: what is there is the real limit."
            )
            yield text % {"limit": self._money(numbers.money(self.plan.margin_limit)), "holds": holds}
        for name, one in self.wider:
            if one.wanted > held:
                text = gettext(
                    "%(what)s would take %(wanted)s with every order, the account holds %(holds)s: the last orders "
                    "find no money."
                )
                yield text % {"what": name, "wanted": self._money(numbers.money(one.wanted)), "holds": holds}

    def _capped(self, has_open: bool) -> str:
        """Return how many groups the loss cap of the connection lets, each way as a whole sentence."""
        if self.plan.add_on_behaviour == AddOnBehaviour.FIRST_COME:
            beside = gettext(
                "The connection’s loss cap of %(cap)s lets %(fit)d of this bot’s %(groups)d groups be bought as a "
                "whole beside what is open: a lower accepted loss or first order, or a higher cap, lets more."
            )
            alone = gettext(
                "The connection’s loss cap of %(cap)s lets %(fit)d of this bot’s %(groups)d groups be bought as a "
                "whole: a lower accepted loss or first order, or a higher cap, lets more."
            )
        else:
            beside = gettext(
                "The connection’s loss cap of %(cap)s lets %(fit)d of this bot’s %(groups)d groups open beside what is "
                "open: a lower accepted loss or first order, or a higher cap, lets more."
            )
            alone = gettext(
                "The connection’s loss cap of %(cap)s lets %(fit)d of this bot’s %(groups)d groups open: a lower "
                "accepted loss or first order, or a higher cap, lets more."
            )
        return beside if has_open else alone

    def notes(self) -> Iterator[str]:
        typed, instrument, case = self.preview.typed, self.preview.instrument, self.preview.case
        if case and case.stop:
            at, loss = numbers.price(case.stop.price, self.step), self._money(numbers.money(case.stop.loss))
            text = gettext(
                "With the stop loss a group is sold at %(price)s, and loses %(loss)s; in a fast fall it sells lower."
            )
            yield text % {"price": at, "loss": loss}
        if instrument and instrument.has_rules and not instrument.is_tradable:
            text = gettext("%(exchange)s does not trade %(pair)s at the moment.")
            yield text % {"exchange": self.exchange, "pair": self.preview.pair}
        if typed.connection is None:
            yield gettext("No connection is chosen yet: prices are percents of an entry at 100, fees the usual 0.1 %.")
        elif instrument is None or instrument.price is None:
            looking = gettext("The price is being looked up: until then prices are percents of an entry at 100.")
            none = gettext("No price was found: until then prices are percents of an entry at 100.")
            yield looking if self.preview.is_waiting else none
        if self.preview.account.equity is None:
            unread = gettext("The balance is not read yet: reckoned as if the account held the margin limit.")
            unknown = gettext("No balance is known: reckoned as if the account held the margin limit.")
            yield unread if typed.connection else unknown
        else:
            yield self._together(self.preview.account)

    def _together(self, account: Account) -> str:
        """Say what all bots of the connection may lose together, and whether a group like this one fits in."""
        most = account.loss_cap * (account.equity or ZERO)
        known = {
            "most": self._money(numbers.money(most)),
            "share": numbers.round_percent(account.loss_cap),
            "now": self._money(numbers.money(account.at_risk)),
        }
        if self.sizing.ladder and account.at_risk + self.sizing.loss > most:
            text = gettext(
                "All bots of this connection together may lose %(most)s, %(share)s of the equity, and could lose "
                "%(now)s by now: no group with its whole ladder fits in at the moment."
            )
        else:
            text = gettext(
                "All bots of this connection together may lose %(most)s, %(share)s of the equity, and could lose "
                "%(now)s by now."
            )
        return text % known

    def _sum(self, value: Decimal) -> Sum:
        equity = self.preview.account.equity or self.plan.margin_limit
        return Sum(numbers.money(value), numbers.percent(value / equity))

    def _money(self, figure: str) -> str:
        return f"{figure} {self.quote}".strip()
