"""Several bots enabled at once: which can be, why others cannot, and what those together could lose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from accounts.by import By
from accounts.freeze import FrozenError
from accounts.models import User
from connections.models import Connection
from connections.proof import BotRefusal
from strategies.account import Key
from strategies.bots import flows
from strategies.models import Bot, Instrument
from strategies.portfolio import exposure
from strategies.portfolio.exposure import Account
from strategies.words import numbers, stops

ZERO = Decimal(0)


def told(bot: Bot, refusal: BotRefusal | None, groups: int) -> tuple[str, bool]:
    """Say what becomes of one bot, and whether anything does."""
    if bot.opens_groups:
        return gettext("It is enabled already."), False
    if refusal:
        return gettext("Cannot be enabled: %(why)s") % {"why": refusal.text}, False
    if groups:
        kept = stops.count_of(groups)
        return gettext("Enabled: it opens groups, and looks after %(groups)s.") % {"groups": kept}, True
    return gettext("Enabled: it opens groups from now on."), True


@dataclass(frozen=True, kw_only=True)
class SharedRisk:
    """What bots that are enabled together could lose at one connection, in one money, before fees.

    `beside` is that of the bots that run there already, `most` what the loss cap lets all of them lose.
    """

    connection: Connection
    bots: int
    added: str
    beside: str
    most: str
    is_capped: bool


def risks_of(user: User, chosen: Sequence[Bot], now: datetime) -> list[SharedRisk]:
    """Reckon it for each connection and money, with all groups that each bot can have, at their stress prices.

    In a fixed number of queries for each exchange and venue. Without a balance of these minutes it is not known.
    """
    homes, numbers_of = {bot.connection_id for bot in chosen}, {bot.pk for bot in chosen}
    running = [bot for bot in Bot.objects.owned_by(user).running().for_list() if bot.connection_id in homes]
    beside = [bot for bot in running if bot.pk not in numbers_of and not bot.is_winding_down]
    accounts = exposure.accounts_of({_key(bot) for bot in chosen}, now)
    pairs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for bot in (*chosen, *beside):
        pairs[bot.connection.exchange, bot.connection.venue].update(bot.pairs)
    known = {place: Instrument.objects.at(*place).known(some) for place, some in pairs.items()}
    parts: dict[Key, list[Bot]] = defaultdict(list)
    for bot in chosen:
        parts[_key(bot)].append(bot)
    return [
        _risk(some, [one for one in beside if _key(one) == key], accounts[key], known) for key, some in parts.items()
    ]


def _key(bot: Bot) -> Key:
    return bot.connection_id, bot.quote


Known = Mapping[tuple[str, str], Mapping[str, Instrument]]


def _risk(chosen: Sequence[Bot], beside: Sequence[Bot], account: Account, known: Known) -> SharedRisk:
    added, others = (_sum(bots, account.equity, known) for bots in (chosen, beside))
    quote = chosen[0].quote
    most = None if account.equity is None else account.loss_cap * account.equity
    return SharedRisk(
        connection=chosen[0].connection,
        bots=len(chosen),
        added=_money(added, quote),
        beside=_money(others, quote) if beside else numbers.NOTHING,
        most=_money(most, quote),
        is_capped=None not in (added, others, most) and (added or ZERO) + (others or ZERO) > (most or ZERO),
    )


def _sum(bots: Iterable[Bot], equity: Decimal | None, known: Known) -> Decimal | None:
    """Return None where the balance is not known: how large an order is follows from it."""
    if equity is None:
        return None
    losses = (
        exposure.stress_loss_of(exposure.plan_of(bot), known[bot.connection.exchange, bot.connection.venue], equity)
        for bot in bots
    )
    return sum((loss or ZERO for loss in losses), ZERO)


def _money(value: Decimal | None, quote: str) -> str:
    return gettext("unknown") if value is None else f"{numbers.money(value)} {quote}"


def enable(bots: Iterable[Bot], *, by: By) -> tuple[list[Bot], list[tuple[Bot, str]]]:
    """Enable each by itself; return those that are, and those that were refused after all with why.

    The live ones first: what they ask of their trader is asked before any is enabled. That the account is frozen keeps
    only them away; raises FrozenError where nothing else is enabled.
    """
    done: list[Bot] = []
    refused: list[tuple[Bot, str]] = []
    frozen: FrozenError | None = None
    for bot in sorted(bots, key=lambda one: one.connection.is_practice):
        try:
            flows.enable_bot(bot, by=by)
        except FrozenError as error:
            frozen = error
            refused.append((bot, str(error)))
        except flows.RefusedError as error:
            refused.append((bot, str(error)))
        else:
            done.append(bot)
    if frozen and not done:
        raise frozen
    return done, refused
