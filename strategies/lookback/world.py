"""The world of one moment: the bot's money, its groups and their limits; what a look decides, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from exchanges.values import Fee
from strategies.engine import recovery, sizing
from strategies.engine.account import Grounds, Pool, Stake
from strategies.engine.decide import decide
from strategies.engine.decision import Action, Decision
from strategies.engine.entry import enter_sized
from strategies.engine.ladder import Ladder, stress_of
from strategies.engine.position import ONE, ZERO, Side, position_of
from strategies.engine.sizing import RiskLevel, Sizing
from strategies.engine.state import (
    Case,
    Held,
    LimitMode,
    Limits,
    MarketNow,
    Mode,
    Opening,
    OrderRules,
    Request,
    Settings,
    Stop,
)
from strategies.engine.totals import FillLine, Totals, totals
from strategies.lookback.candles import Candles
from strategies.lookback.minutes import moment
from strategies.lookback.tracks import OpenGroup, Track, closes_since, since_of
from strategies.lookback.trends import trend_of
from strategies.lookback.wishes import BotWish, FeeWay, Terms

# As often as nobody decides at one price; more is a fault of ours.
MOST_LOOKS = 64
THIRD = "third coin"
# Of a decision; the group keeps it.
REMEMBERED = ("alarms", "best", "stop_since")


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that the bot did: `quantity` at `price`, `cash` is what it brought or cost, before its fee.

    `fee` is worth so much in quote money, of which `paid_fee` was not kept in the coin. After it the pair's coins are
    `coins_after`, for which `at_work_after` was paid.
    """

    minute: int
    pair: str
    tick: int
    action: Action
    reason: str
    group: int
    quantity: Decimal = ZERO
    price: Decimal = ZERO
    fee: Decimal = ZERO
    paid_fee: Decimal = ZERO
    cash: Decimal = ZERO
    step: int = 0
    coins_after: Decimal = ZERO
    at_work_after: Decimal = ZERO


@dataclass(kw_only=True, eq=False)
class World:
    """The whole of a run at one moment. `version` grows with whatever the other pairs' decisions could stand on."""

    wish: BotWish
    markets: list[Track]
    level: RiskLevel
    cash: Decimal
    elsewhere: Decimal = ZERO
    events: list[Event] = field(default_factory=list)
    blocked: list[tuple[int, str, int, str]] = field(default_factory=list)
    groups: int = 0
    looks: int = 0
    version: int = 0
    _limits: dict[str, tuple[int, Limits]] = field(default_factory=dict)
    _case: tuple[tuple[object, ...], Case] | None = None

    @classmethod
    def of(cls, wish: BotWish, pairs: Mapping[str, tuple[Candles, Terms]]) -> "World":
        is_short = wish.settings.side is Side.SHORT
        markets = [
            Track(
                pair=pair,
                candles=candles,
                # A short gets no coins that a fee could be kept of.
                rules=replace(rules, way=FeeWay.QUOTE) if is_short and rules.way is FeeWay.COIN else rules,
                spans=wish.signals.get(pair),
                stress=stress_of(pair.partition("/")[0]),
                closings=wish.closings.get(pair, ()),
                trend=None if wish.frames is None else trend_of(candles, wish.frames),
            )
            for pair, (candles, rules) in pairs.items()
        ]
        # As sizing sees it: no more groups than there are pairs.
        level = replace(wish.level, groups=min(wish.level.groups, len(markets)))
        return cls(wish=wish, markets=markets, level=level, cash=wish.equity)

    # --- a look

    def look(self, market: Track, tick: int, minute: int, *, may_enter: bool) -> None:
        """Ask the engine until it has nothing more to do at this price: the live bot looks again a second later.

        Groups are opened, and closed because an alert asks for it, at a minute's open alone, or right after a close.
        """
        closes = may_enter and not market.is_flat and minute in market.closings
        for _ in range(MOST_LOOKS):
            self.looks += 1
            if market.running is None:
                if not may_enter or not self._enter(market, tick, minute):
                    return
                may_enter = False
                continue
            running = market.running
            if not self._hold(market, running, tick, minute, closes=closes) and not closes:
                return
            # An alert that came to nothing is over; by its own rules the bot has not been asked here yet.
            closes = False
            # What was opened at this very price and closed there would open again without end.
            is_new = (running.opened_at, running.opened_tick) == (minute, tick)
            may_enter = market.is_flat and not is_new
        raise RuntimeError("The engine never comes to rest at one price.")

    def _enter(self, market: Track, tick: int, minute: int) -> bool:
        decision, ladder = self.opening(market, tick, minute)
        if decision.action is Action.OPEN and ladder is not None:
            self._buy(market, decision, tick, minute, ladder=ladder)
            return True
        if decision.action is Action.BLOCK and decision.reason != "entry.cool_down" and not market.is_told:
            market.is_told = True
            self.blocked.append((minute, market.pair, 0, decision.reason))
        return False

    def _hold(self, market: Track, running: OpenGroup, tick: int, minute: int, *, closes: bool) -> bool:
        """Decide about the group and do it; return whether another look may decide something else."""
        case = self.case(market, running, tick, minute)
        if closes:
            case = replace(case, request=Request(side=case.settings.side, closes=True))
        decision = decide(case)
        if decision.action is Action.CLOSE:
            self._sell(market, running, decision, tick, minute)
            return True
        held = running.held
        values: dict[str, Any] = {name: getattr(decision, name) for name in REMEMBERED}
        if decision.action is Action.ADD:
            running.held = replace(held, **values)
            self._buy(market, decision, tick, minute)
            return True
        if decision.action in {Action.ENTER_RECOVERY, Action.LEAVE_RECOVERY}:
            mode = Mode.RECOVERY if decision.action is Action.ENTER_RECOVERY else Mode.NORMAL
            values |= {"mode": mode, **recovery.marks(held, decision.action, decision.reason, case.now)}
            self._tell(market, running, decision, tick, minute)
            self._changed(running, replace(held, **values))
            return True
        if (held.alarms, held.best, held.stop_since) != (decision.alarms, decision.best, decision.stop_since):
            has_more = held.alarms != decision.alarms or (held.stop_since is not None and decision.stop_since is None)
            self._changed(running, replace(held, **values))
            if has_more:
                return True
        if decision.action is Action.BLOCK and decision.reason not in running.told:
            running.told.add(decision.reason)
            self.blocked.append((minute, market.pair, running.number, decision.reason))
        return False

    # --- what the engine is asked

    def market_now(self, market: Track, tick: int, minute: int) -> MarketNow:
        rules, step = market.rules, market.candles.step
        return MarketNow(
            price=tick * step,
            bid=(tick - rules.half_spread) * step,
            ask=(tick + rules.half_spread) * step,
            at=moment(minute),
            minimum_cost=rules.minimum_cost,
            min_amount=rules.min_amount,
            amount_step=rules.amount_step,
        )

    def case(self, market: Track, running: OpenGroup, tick: int, minute: int) -> Case:
        """Return what the engine is asked of the group; asked twice in a row, it is made once."""
        key = market.pair, running.number, running.version, self.version, tick, minute
        if self._case is None or self._case[0] != key:
            self._case = key, self._made(market, running, tick, minute)
        return self._case[1]

    def _made(self, market: Track, running: OpenGroup, tick: int, minute: int) -> Case:
        now, held = self.market_now(market, tick, minute), running.held
        case = Case(settings=running.settings, group=held, market=now, limits=self.limits(market), now=now.at)
        if held.position.side.sign * (now.price - held.position.break_even) <= 0:
            return case
        # Closed candles may end Recovery Mode, or silence what calls for it; nothing else stands on them.
        if held.mode is not Mode.RECOVERY and not (case.settings.recovery.is_on and recovery.trouble(case)):
            return case
        return replace(case, market=replace(now, closes=closes_since(market, since_of(held), minute)))

    def limits(self, market: Track) -> Limits:
        """Return what surrounds the pair; it is the same until some group of the bot changes."""
        version, known = self._limits.get(market.pair, (-1, None))
        if known is not None and version == self.version:
            return known
        stakes = [(one, self.stake(one, one.running)) for one in self.markets if one.running]
        equity = self.cash + sum((one.running.sums.at_work for one, _ in stakes if one.running), ZERO)
        pool = Pool(
            equity=equity,
            free=self.cash,
            loss_cap=self.wish.loss_cap,
            at_risk=sum((stake.at_risk for _, stake in stakes), ZERO),
            set_aside=sum((stake.to_come for _, stake in stakes), ZERO),
        )
        is_off = self.wish.add_ons_off and market.running is not None
        limits = Limits(
            margin=self.wish.margin,
            equity=equity,
            accepted_loss=self.wish.level.accepted_loss,
            stress=market.stress,
            other_stakes=tuple(stake for one, stake in stakes if one is not market),
            open_groups=len(stakes),
            stop=Stop.ADD_ONS if is_off else Stop.NONE,
            last_closed_at=None if market.closed_at is None else moment(market.closed_at),
            free_quote=self.cash,
            pool=pool,
        )
        self._limits[market.pair] = self.version, limits
        return limits

    def stake(self, market: Track, running: OpenGroup) -> Stake:
        sums, ladder = running.sums, running.settings.ladder
        return Grounds(
            ladder=ladder,
            side=running.settings.side,
            stress=market.stress,
            is_reserved=self.wish.margin.mode is LimitMode.RESERVE,
            first=sums.first_price or ZERO,
            at_work=sums.at_work,
            cost=sums.cost,
            held=sums.held,
            done=min(sums.add_ons_done, ladder.add_ons),
        ).stake

    def sizing(self, market: Track, price: Decimal, rules: OrderRules | None = None) -> Sizing:
        wish, limits = self.wish, self.limits(market)
        return sizing.size_at(
            price,
            self.level,
            rules=market.rules if rules is None else rules,
            side=wish.settings.side,
            stress=market.stress,
            equity=limits.equity,
            margin=wish.margin,
            add_ons_off=wish.add_ons_off,
            wish=wish.base,
            fees=market.rules.fees,
            take_profit=wish.settings.take_profit,
        )

    def opening(self, market: Track, tick: int, minute: int) -> tuple[Decision, Ladder | None]:
        """Return what becomes of the wish for a new group at this price."""
        wish, now = self.wish, self.market_now(market, tick, minute)
        is_wished = market.is_wished(minute)
        if not is_wished:
            return Decision(action=Action.WAIT, reason="entry.no_signal"), None
        sized = self.sizing(market, now.entry_price(wish.settings.side))
        opening = Opening(
            settings=replace(wish.settings, ladder=sized.ladder or wish.level.ladder(ONE), fees=market.rules.fees),
            market=now,
            limits=self.limits(market),
            now=now.at,
            request=Request(side=wish.settings.side, reason=wish.reason),
        )
        return enter_sized(opening, sized, wish.level), sized.ladder

    # --- what comes of it

    def _buy(self, market: Track, decision: Decision, tick: int, minute: int, *, ladder: Ladder | None = None) -> None:
        settings = self.wish.settings if market.running is None else market.running.settings
        side, rules = settings.side, market.rules
        best = self.market_now(market, tick, minute).entry_price(side)
        price = best * (ONE + side.sign * rules.slippage)
        quantity = self._ordered(market, decision, best)
        running = market.running
        if running is None and ladder is not None:
            running = self._begin(market, replace(settings, ladder=ladder, fees=rules.fees), tick, minute)
        if running is None:
            return
        cost = price * quantity
        taken, fee = self._fee(market, price, quantity, is_buy=True)
        running.lines.append(
            FillLine(
                is_buy=True,
                is_add_on=ladder is None,
                step=decision.step,
                price=price,
                quantity=quantity,
                cost=cost,
                fee=taken.amount,
                fee_asset=taken.asset,
                at=moment(minute),
                fee_value=fee if rules.way is FeeWay.THIRD else ZERO,
                order=len(running.lines) + 1,
                ordered=quantity,
            )
        )
        self.cash -= cost + (fee if rules.way is FeeWay.QUOTE else ZERO)
        self.elsewhere += fee if rules.way is FeeWay.THIRD else ZERO
        self._count(market, running, minute)
        self._tell(market, running, decision, tick, minute, quantity=quantity, price=price, fee=fee, cash=-cost)

    def _ordered(self, market: Track, decision: Decision, best: Decimal) -> Decimal:
        """Return how much is ordered: what the money buys at the worst price that the order allows."""
        rules, step, told = market.rules, market.candles.step, decision.quantity or ZERO
        if self.wish.settings.side is Side.SHORT or not decision.cost:
            return told
        highest = (best * (ONE + rules.reach) / step).to_integral_value(ROUND_FLOOR) * step
        highest = max(highest, (best / step).to_integral_value(ROUND_CEILING) * step)
        quantity = rules.amount(decision.cost / highest)
        return quantity if rules.takes(quantity, best) else told

    def _begin(self, market: Track, settings: Settings, tick: int, minute: int) -> OpenGroup:
        self.groups += 1
        is_there = market.dust > 0 and market.dust_since < minute
        carried, now = market.dust if is_there else ZERO, moment(minute)
        if is_there:
            market.dust = ZERO
        sums = Totals()
        position = position_of(
            sums, side=settings.side, fees=settings.fees, carried=carried, step=market.rules.amount_step
        )
        held = Held(position=position, first_price=ZERO, opened_at=now, last_fill_at=now, last_fill_price=ZERO)
        market.running = OpenGroup(
            number=self.groups,
            settings=settings,
            held=held,
            sums=sums,
            opened_at=minute,
            opened_tick=tick,
            carried=carried,
        )
        market.opened_at, market.is_told = minute, False
        return market.running

    def take_over(
        self, market: Track, settings: Settings, lines: Sequence[FillLine], *, carried: Decimal, minute: int
    ) -> None:
        """Let a group with these fills be open, as if the run had bought them; its money is spent."""
        market.dust, market.dust_since = carried, minute - 1
        running = self._begin(market, settings, int(lines[-1].price / market.candles.step), minute)
        running.lines.extend(lines)
        self._count(market, running, minute)
        self.cash -= running.sums.at_work

    def _fee(self, market: Track, price: Decimal, quantity: Decimal, *, is_buy: bool) -> tuple[Fee, Decimal]:
        """Return a fill's fee as the exchange takes it, and what that is in quote money."""
        base, _, quote = market.pair.partition("/")
        rules, way = market.rules, market.rules.way
        fee = price * quantity * rules.paid
        if way is FeeWay.COIN and is_buy:
            return Fee(base, quantity * rules.paid), fee
        return Fee(THIRD if way is FeeWay.THIRD else quote, fee), fee

    def _count(self, market: Track, running: OpenGroup, minute: int) -> None:
        """Make the books anew from all fills, as they are made live."""
        ladder, settings = running.settings.ladder, running.settings
        sums = totals(running.lines, pair=market.pair, planned=ladder.costs, carried=running.carried)
        position = position_of(
            sums, side=settings.side, fees=settings.fees, carried=running.carried, step=market.rules.amount_step
        )
        running.sums = sums
        held = replace(
            running.held,
            position=position,
            first_price=sums.first_price or ZERO,
            opened_at=sums.first_fill_at or running.held.opened_at,
            last_fill_at=sums.last_fill_at or moment(minute),
            last_fill_price=sums.last_fill_price or ZERO,
            add_ons_done=sums.add_ons_done,
        )
        self._changed(running, held)
        self.version += 1

    def _sell(self, market: Track, running: OpenGroup, decision: Decision, tick: int, minute: int) -> None:
        side, rules, sums = running.settings.side, market.rules, running.sums
        quantity = decision.quantity or ZERO
        price = self.market_now(market, tick, minute).exit_price(side) * (ONE - side.sign * rules.slippage)
        _, fee = self._fee(market, price, quantity, is_buy=False)
        # A short gets back what it put in, and what its coins cost less than it got for them.
        brought = quantity * price if side is Side.LONG else 2 * sums.at_work - quantity * price
        self.cash += brought - (ZERO if rules.way is FeeWay.THIRD else fee)
        self.elsewhere += fee if rules.way is FeeWay.THIRD else ZERO
        market.dust += max(ZERO, running.held.position.held - quantity)
        market.dust_since, market.closed_at, market.running = minute, minute, None
        self.version += 1
        self._tell(market, running, decision, tick, minute, quantity=quantity, price=price, fee=fee, cash=brought)

    def _changed(self, running: OpenGroup, held: Held) -> None:
        running.held = held
        running.version += 1
        running.told = set()

    def follow(self, running: OpenGroup, price: Decimal) -> None:
        """Let a trailing take profit know the best price of candles that were passed over."""
        best, sign = running.held.best, running.settings.side.sign
        if best is not None and sign * (price - best) > 0:
            self._changed(running, replace(running.held, best=price))

    def _tell(
        self,
        market: Track,
        running: OpenGroup,
        decision: Decision,
        tick: int,
        minute: int,
        *,
        quantity: Decimal = ZERO,
        price: Decimal = ZERO,
        fee: Decimal = ZERO,
        cash: Decimal = ZERO,
    ) -> None:
        is_kept = market.rules.way is FeeWay.COIN and cash < 0
        self.events.append(
            Event(
                minute=minute,
                pair=market.pair,
                tick=tick,
                action=decision.action,
                reason=decision.reason,
                group=running.number,
                quantity=quantity,
                price=price,
                fee=fee,
                paid_fee=ZERO if is_kept else fee,
                cash=cash,
                step=decision.step,
                coins_after=market.coins,
                at_work_after=market.running.sums.at_work if market.running else ZERO,
            )
        )
