"""The add-on gate: rules in order; the first that fails is the reason shown."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from strategies.engine.ladder import CLOSABLE, stress_price
from strategies.engine.state import AddOn, Case, Mode, Stop

# So long it counts that a trader asked to buy more: the price that was shown is of then.
ASKED_FOR = timedelta(seconds=60)
Rule = Callable[[Case, AddOn], str]


def admit(case: Case, asked: AddOn | None = None, rules: Sequence[Rule] | None = None) -> tuple[str, AddOn | None]:
    """Return the add-on that may be placed, else the reason code of the first rule that fails for the next rung.

    Of the rungs that the price has passed, as many make one order as every rule admits for the whole. What is about to
    be stopped out buys nothing more. `asked` stands in for the next rungs, `rules` for all rules.
    """
    if case.stop_since is not None or case.group.stop_since is not None:
        # Also in the look that finds the price back inside: it is forgotten first.
        return "stop_loss.confirming", None
    if case.limits.stop in {Stop.ADD_ONS, Stop.CLOSE}:
        return "group.paused", None
    if case.group.mode in {Mode.CLOSING, Mode.CLOSED}:
        return "group.state", None
    reason = "ladder.done"
    for add_on in case.add_ons() if asked is None else (asked,):
        reason = next((found for rule in rules or RULES if (found := rule(case, add_on))), "")
        if not reason:
            return "", add_on
    return reason, None


def admit_asked(case: Case) -> tuple[str, AddOn | None]:
    """Return what the trader asked to buy at once if it may be placed, else the reason code of why not.

    It need not wait for its zone, its distance from the last fill or the cool-down; all else holds as for every add-on,
    and in Recovery Mode all rules.
    """
    if case.group.position.held <= 0 and case.group.mode in {Mode.NORMAL, Mode.RECOVERY}:
        return "group.empty", None
    if not case.market.has_price:
        return "market.no_price", None
    rules = RULES if case.group.mode is Mode.RECOVERY else AT_ONCE
    # First what passes by itself: nothing is refused by an old price.
    return admit(case, case.asked_add_on, (_fresh, _known, _ladder_left, *rules))


def too_late(asked_at: datetime, now: datetime, *, is_running: bool) -> str:
    """Return why what a trader asked to buy is not even decided upon, "" when it is.

    A moment ahead of ours is a clock in doubt.
    """
    if abs(now - asked_at) > ASKED_FOR:
        return "add_on.late"
    return "" if is_running else "add_on.bot_off"


def improvement_needed(case: Case) -> Decimal:
    return case.settings.improve * (case.settings.recovery.improve_factor if case.group.mode is Mode.RECOVERY else 1)


def distance(case: Case, add_on: AddOn) -> Decimal:
    """Return how far the price is beyond the last fill, as a share of the first price, like the deviations."""
    return case.sign * (case.group.last_fill_price - add_on.price) / case.group.first_price


def distance_needed(case: Case, add_on: AddOn) -> Decimal:
    """0.8·(dev_k − dev_{k−1}) of the first rung, in Recovery Mode half as much again."""
    deviations = case.settings.ladder.deviations
    factor = case.settings.recovery.spacing_factor if case.group.mode is Mode.RECOVERY else 1
    return case.settings.spacing * (deviations[add_on.first] - deviations[add_on.first - 1]) * factor


def cool_down_left(case: Case) -> timedelta:
    factor = case.settings.recovery.cool_down_factor if case.group.mode is Mode.RECOVERY else 1
    return case.settings.cool_down * factor - (case.now - case.group.last_fill_at)


def stressed(case: Case) -> Decimal:
    """Return P_S, the price that the accepted loss is measured at."""
    settings = case.settings
    return stress_price(settings.ladder, first=case.group.first_price, side=settings.side, stress=case.limits.stress)


def floor_price(case: Case) -> Decimal | None:
    """P0·(1 − s·Z_max), beyond which no add-on is placed."""
    return None if case.settings.floor is None else case.group.first_price * (1 - case.sign * case.settings.floor)


def last_price(case: Case) -> Decimal:
    """Return P_n, where the last add-on of the ladder waits."""
    return case.settings.ladder.price(case.settings.ladder.add_ons, case.group.first_price, case.settings.side)


def zone(case: Case, add_on: AddOn) -> str:
    """Return "" inside the zone of the add-on: at P_k or beyond, but not beyond the floor."""
    if case.sign * (add_on.price - add_on.zone) > 0:
        return "zone.not_reached"
    return _floor(case, add_on)


def _floor(case: Case, add_on: AddOn) -> str:
    floor = floor_price(case)
    return "zone.below_floor" if floor is not None and case.sign * (add_on.price - floor) < 0 else ""


def is_in_zone(case: Case) -> bool:
    """Say whether the next add-on's zone is reached: every other rule has its say there, and only there.

    Some look at amounts that are rounded at each price.
    """
    return case.add_on is not None and not zone(case, case.add_on)


def improves(case: Case, add_on: AddOn) -> str:
    """Better by more than nothing, even where the trader asks for no least improvement."""
    better = add_on.improvement
    return "" if better > 0 and better >= improvement_needed(case) else "average.worse"


def spacing(case: Case, add_on: AddOn) -> str:
    return "" if distance(case, add_on) >= distance_needed(case, add_on) else "spacing.too_close"


def _ladder_left(case: Case, add_on: AddOn) -> str:
    """Whatever is asked for: a group never spends more than its ladder."""
    return "" if add_on.cost <= case.ladder_left else "add_on.above_ladder"


def _cool_down(case: Case, _: AddOn) -> str:
    return "cool_down" if cool_down_left(case) > timedelta(0) else ""


def _hard_limit(case: Case, add_on: AddOn) -> str:
    """An add-on that was reserved is counted already; it still may not pass the hard limit at work."""
    margin = case.limits.margin
    return "" if case.at_work + add_on.cost <= margin.hard * margin.amount else "margin.hard_limit"


def stress(case: Case, add_on: AddOn) -> str:
    if case.limits.equity is None:
        return "funds.unknown"
    accepted = case.limits.accepted_loss * case.limits.equity
    return "" if add_on.after.stress_loss(stressed(case)) <= accepted else "risk.stress_loss"


def _funds(case: Case, add_on: AddOn) -> str:
    free = case.limits.free_quote
    return "" if free is None or case.settings.fees.money_needed(add_on.cost) <= free else "funds.too_little"


def _pool(case: Case, add_on: AddOn) -> str:
    """All groups of the account together: what they may lose, and what others have set aside."""
    return case.limits.pool.refusal(*case.stakes(add_on), case.settings.fees)


def closable(case: Case, add_on: AddOn) -> str:
    """The order, and what the group then holds, could be closed at the exchange's minimums."""
    market, least = case.market, case.market.minimum_cost * CLOSABLE
    sold, exit_price = market.amount(add_on.after.held), market.exit_price(case.settings.side)
    is_large_enough = add_on.cost >= least and market.takes(add_on.quantity, add_on.price)
    can_be_closed = sold * exit_price >= least and market.takes(sold, exit_price)
    return "" if is_large_enough and can_be_closed else "size.below_minimum"


def _fresh(case: Case, _: AddOn) -> str:
    if not case.limits.is_connection_proven:
        return "connection.not_proven"
    if not case.market.is_fresh(case.now):
        return "market.stale"
    return "" if case.limits.is_pair_open else "entry.pair_closed"


def _known(case: Case, _: AddOn) -> str:
    if case.group.has_unknown_order:
        return "order.unknown"
    return "group.order_open" if case.group.has_open_order else ""


def _liquidation(case: Case, _: AddOn) -> str:
    """Futures: the way to liquidation counts from the last planned add-on, not from today's price."""
    if case.limits.liquidation_price is None:
        return ""
    last = last_price(case)
    is_far = case.sign * (last - case.limits.liquidation_price) >= case.settings.liquidation_gap * last
    return "" if is_far else "liquidation.too_near"


# What an add-on buys is rounded to lots at each price: the first may answer otherwise from lot to lot. Rules that are
# in neither set stand on no price.
OF_LOTS: frozenset[Rule] = frozenset({improves, stress, closable})
OF_LEVELS: frozenset[Rule] = frozenset({zone, spacing})
RULES: tuple[Rule, ...] = (
    zone,
    improves,
    spacing,
    _cool_down,
    _hard_limit,
    stress,
    _funds,
    _pool,
    closable,
    _fresh,
    _known,
    _liquidation,
)
# Those that hold of what is bought at once because its trader asked.
AT_ONCE: tuple[Rule, ...] = (_floor, *(rule for rule in RULES if rule not in {zone, spacing, _cool_down}))
