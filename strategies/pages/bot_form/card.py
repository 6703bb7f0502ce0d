"""The worst-case card in words and figures: everything that its template shows, ready to be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

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
    direction: str = "falls"

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
        "direction": "falls" if plan.side is Side.LONG else "rises",
    }


def _row(rung: Rung, side: Side, step: Decimal | None) -> Row:
    return Row(
        label=f"Add-on {rung.k}" if rung.k else "Entry",
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
        return self.preview.typed.connection.spec.name if self.preview.typed.connection else "The exchange"

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
            return f"One order of {total} per group, and no add-ons."
        first = self._money(numbers.at_most(case.rungs[0].cost))
        return f"“{first} orders” really means {total} at work in each group."

    @property
    def size(self) -> str:
        if self.sizing.ladder is None:
            return sizes.refusal(self.sizing, self.quote)
        return f"First order: {self._money(numbers.at_most(self.sizing.ladder.base))}"

    @property
    def why(self) -> str:
        ladder, level = self.sizing.ladder, level_of(self.plan)
        if ladder is None or self.sizing.limited_by is LimitedBy.WISH:
            largest = self._money(numbers.at_most(self.sizing.largest))
            return f"The risk level and the margin limit allow up to {largest}."
        if self.sizing.limited_by is LimitedBy.RISK:
            stress = stress_of(self.preview.pair.partition("/")[0])
            at = stress_price(ladder, first=ONE, side=self.plan.side, stress=stress)
            loss, moved = self._money(numbers.money(self.sizing.loss)), numbers.round_percent(abs(ONE - at))
            return (
                f"Set by the risk level: when the price moves {moved} against it, the whole ladder loses {loss}, "
                f"{numbers.round_percent(level.accepted_loss)} of the equity, before fees."
            )
        if self.plan.add_on_behaviour == AddOnBehaviour.FIRST_COME:
            return f"Set by the margin limit: one whole ladder stays within {numbers.round_percent(level.hard)} of it."
        groups, soft = groups_of(self.plan), numbers.round_percent(level.soft)
        whole = (
            "one group with all its add-ons stays" if groups == 1 else f"{groups} groups with all their add-ons stay"
        )
        return f"Set by the margin limit: {whole} within {soft} of it."

    @property
    def wider(self) -> list[tuple[str, Exposure]]:
        """Return what is larger than a group: the bot with all its groups, the account with all its bots."""
        preview, found = self.preview, list[tuple[str, Exposure]]()
        if preview.of_bot and preview.of_bot.groups > 1:
            found.append((f"All {preview.of_bot.groups} groups", preview.of_bot))
        if preview.of_account and preview.bots > 1:
            found.append((f"All {preview.bots} bots here", preview.of_account))
        return found

    @property
    def work(self) -> Fall | None:
        case = self.preview.case
        if case is None:
            return None
        group, more = self._sum(case.total), tuple(self._sum(one.at_work) for _, one in self.wider)
        return Fall(fall="At work", loss=group.money, share=group.share, more=more)

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
            yield f"The stop loss comes before add-on {case.stop.add_ons + 1}: it sells at {at}, and nothing is added."
        if case and level.floor is not None and (late := [row.k for row in case.rungs if row.deviation > level.floor]):
            yield f"Add-on {late[0]} and what follows lie beyond the floor: money is set aside for them in vain."
        if held is None:
            return
        account, groups, loss = preview.account, groups_of(self.plan), self.sizing.loss
        fit = int((account.loss_cap * held - account.at_risk) // loss) if self.sizing.ladder and loss > 0 else groups
        if 0 < fit < groups:
            whole = "be bought as a whole" if self.plan.add_on_behaviour == AddOnBehaviour.FIRST_COME else "open"
            beside = " beside what is open" if account.at_risk else ""
            cap = f"The connection’s loss cap of {numbers.round_percent(account.loss_cap)}"
            more = "a lower accepted loss or first order, or a higher cap, lets more"
            yield f"{cap} lets {fit} of this bot’s {groups} groups {whole}{beside}: {more}."
        holds = f"the account holds {self._money(numbers.money(held))}"
        if self.plan.margin_limit > held:
            limit = self._money(numbers.money(self.plan.margin_limit))
            yield f"The margin limit is {limit}, {holds}: what is there is the real limit."
        for name, one in self.wider:
            if one.wanted > held:
                wanted = self._money(numbers.money(one.wanted))
                yield f"{name} would take {wanted} with every order, {holds}: the last orders find no money."

    def notes(self) -> Iterator[str]:
        typed, instrument, case = self.preview.typed, self.preview.instrument, self.preview.case
        if case and case.stop:
            at, loss = numbers.price(case.stop.price, self.step), self._money(numbers.money(case.stop.loss))
            yield f"With the stop loss a group is sold at {at}, and loses {loss}; in a fast fall it sells lower."
        if instrument and instrument.has_rules and not instrument.is_tradable:
            yield f"{self.exchange} does not trade {self.preview.pair} at the moment."
        if typed.connection is None:
            yield "No connection is chosen yet: prices are percents of an entry at 100, fees the usual 0.1 %."
        elif instrument is None or instrument.price is None:
            looking = "The price is being looked up" if self.preview.is_waiting else "No price was found"
            yield f"{looking}: until then prices are percents of an entry at 100."
        if self.preview.account.equity is None:
            read = "The balance is not read yet" if typed.connection else "No balance is known"
            yield f"{read}: reckoned as if the account held the margin limit."
        else:
            yield self._together(self.preview.account)

    def _together(self, account: Account) -> str:
        """Say what all bots of the connection may lose together, and whether a group like this one fits in."""
        most = account.loss_cap * (account.equity or ZERO)
        share, by_now = numbers.round_percent(account.loss_cap), self._money(numbers.money(account.at_risk))
        may = f"All bots of this connection together may lose {self._money(numbers.money(most))}, {share} of the equity"
        if self.sizing.ladder and account.at_risk + self.sizing.loss > most:
            return f"{may}, and could lose {by_now} by now: no group with its whole ladder fits in at the moment."
        return f"{may}, and could lose {by_now} by now."

    def _sum(self, value: Decimal) -> Sum:
        equity = self.preview.account.equity or self.plan.margin_limit
        return Sum(numbers.money(value), numbers.percent(value / equity))

    def _money(self, figure: str) -> str:
        return f"{figure} {self.quote}".strip()
