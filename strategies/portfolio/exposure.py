"""What bots come to at worst: each with all groups that it can have, and all bots of an account together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from connections.models import Connection
from strategies import account, inputs
from strategies.account import Key, Pools
from strategies.engine.ladder import stress_of
from strategies.engine.position import ONE, ZERO
from strategies.engine.sizing import Sizing
from strategies.engine.worst_case import Exposure, WorstCase, of_groups, worst_case
from strategies.inputs import HUNDRED, Plan
from strategies.models import Bot, Funds, Instrument


@dataclass(frozen=True, kw_only=True)
class Account:
    """`equity` in the quote money, None when the balance was not read yet.

    All bots of the connection may lose the share `loss_cap` of it together, and by now could lose `at_risk`.
    """

    equity: Decimal | None = None
    read_at: datetime | None = None
    loss_cap: Decimal = ZERO
    at_risk: Decimal = ZERO


def account_of(connection: Connection | None, quote: str, now: datetime) -> Account:
    """Return the account's equity as bots reckon it: its quote money, and what their groups have at work."""
    return accounts_of([(connection.pk, quote)], now)[connection.pk, quote] if connection else Account()


def accounts_of(keys: Collection[Key], now: datetime) -> dict[Key, Account]:
    """Return the account of each connection and quote coin, in two queries for all."""
    homes = {connection for connection, quote in keys if quote}
    funds = {row.connection_id: row for row in Funds.objects.filter(connection__in=homes)}
    read = {pk: row for pk, row in funds.items() if row.read_at is not None}
    pools = account.read(read, now=now) if read else None
    return {key: _account(key, read.get(key[0]), pools) for key in keys}


def _account(key: Key, funds: Funds | None, pools: Pools | None) -> Account:
    if funds is None or pools is None or not funds.tells(key[1]):
        return Account()
    at_work = sum((pools.holdings[group].at_work for group, where in pools.keys.items() if where == key), ZERO)
    return Account(
        equity=funds.total(key[1]) + at_work,
        read_at=funds.read_at,
        loss_cap=Decimal(funds.loss_cap) / 100,
        at_risk=pools.of(key).at_risk,
    )


def plan_of(bot: Bot) -> Plan:
    return Plan.of({**vars(bot), "pairs": bot.pairs})


def exposure_of(plan: Plan, known: Mapping[str, Instrument], equity: Decimal) -> Exposure | None:
    """Return the worst of all groups that a bot can have at once; None where no pair of it can open one."""
    found: dict[Any, WorstCase | None] = {}
    stop, cases = None if plan.stop_loss is None else plan.stop_loss / HUNDRED, []
    for pair in plan.pairs:
        market = known.get(pair) or Instrument(pair=pair)
        # Pairs of the same rules have the same ladder, for a first price of 1.
        fees = inputs.fees_of(market)
        sizing = inputs.sizing_of(plan, market, equity, side=plan.side)
        rules = stress_of(pair.partition("/")[0]), sizing.smallest, fees
        if rules not in found:
            ladder = sizing.ladder
            around = partial(worst_case, first=ONE, side=plan.side, fees=fees, minimum_cost=ZERO, stop_loss=stop)
            found[rules] = around(ladder) if ladder else None
        if case := found[rules]:
            cases.append(case)
    if not cases:
        return None
    margin = inputs.margin_of(plan)
    groups = _groups_that_fit(plan, min(case.rungs[0].cost for case in cases))
    most = min(margin.hard * margin.amount, equity)
    return of_groups(cases, groups=groups, most=most, side=plan.side, fees=fees)


def stress_loss_of(plan: Plan, known: Mapping[str, Instrument], equity: Decimal) -> Decimal | None:
    """Return what all groups that a bot can have lose at their stress prices, before fees; None where none can open.

    It is what the connection's loss cap counts of a group, of as many groups as `exposure_of` has.
    """
    markets = [known.get(pair) or Instrument(pair=pair) for pair in plan.pairs]
    sizings = [inputs.sizing_of(plan, market, equity, side=plan.side) for market in markets]
    able = [(sizing.loss, sizing.ladder.base) for sizing in sizings if sizing.ladder]
    if not able:
        return None
    groups = _groups_that_fit(plan, min(base for _loss, base in able))
    return sum(sorted((loss for loss, _base in able), reverse=True)[:groups], ZERO)


def _groups_that_fit(plan: Plan, least_entry: Decimal) -> int:
    """Who comes first is served: so many entries fit below the soft limit."""
    margin = inputs.margin_of(plan)
    return min(inputs.groups_of(plan), int(margin.soft * margin.amount // least_entry))


def never_trades(plan: Plan, known: Mapping[str, Instrument], equity: Decimal | None) -> Sizing | None:
    """Return why no pair can open a group, of the pair that lacks least; None where one can, or not all is known."""
    markets = [known.get(pair) for pair in plan.pairs]
    if equity is None or not all(market and market.has_rules and market.price for market in markets):
        return None
    sizings = [inputs.sizing_of(plan, market, equity, side=plan.side) for market in markets if market]
    if not sizings or any(sizing.ladder for sizing in sizings):
        return None
    return min(sizings, key=lambda one: (one.needed_margin or ZERO, one.needed_equity or ZERO))
