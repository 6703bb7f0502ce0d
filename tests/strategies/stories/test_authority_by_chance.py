"""X6: an order leaves exactly when everything gives it the right to, whatever happened before in whatever order."""

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.by import PRODUCT
from accounts.models import User
from connections import flows as connection_flows
from connections.models import Connection, ExchangePause
from strategies import halts
from strategies.bots import flows
from strategies.choices import HaltedBy, OrderState, Purpose, StopLevel
from strategies.execution import authority
from strategies.models import Bot, Funds, Group, Order
from strategies.stops import flows as stopping
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.stories import test_property_of_orders

pytestmark = [pytest.mark.django_db, pytest.mark.services]
LONG = bool(os.environ.get("LONG"))
INTERLEAVINGS, SEED = (10_000 if LONG else 300), 6
MOST_ACTS = 3
LEVELS = (*StopLevel, StopLevel.NONE, StopLevel.NONE)
Act = Callable[[Order, random.Random], object]


def ago(rng: random.Random, *seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=rng.choice(seconds))


def a_check_ends(order: Order, rng: random.Random) -> None:
    """Let the key pass, be refused, or be asked about in vain."""
    verdict = rng.choice(("online", "online", "error", "trouble"))
    home = Connection.objects.filter(pk=order.connection_id, deleted_at=None)
    if verdict == "online":
        home.update(status="online", passed_revision=F("revision"), passed_at=ago(rng, 0, 60, 90_000), trouble="")
        flows.go_on(order.connection_id)
    elif verdict == "error":
        home.update(status="error", passed_revision=None)
        halts.halt(order.connection_id, reason="key.invalid", is_temporary=False)
    else:
        home.filter(status="online").update(status="error", trouble="reach.unavailable")
        halts.halt(order.connection_id, reason="reach.unavailable", is_temporary=True)


def a_key_is_replaced(order: Order, _: random.Random) -> None:
    Connection.objects.filter(pk=order.connection_id, deleted_at=None).update(
        status="untested", passed_revision=None, revision=F("revision") + 1
    )


def a_connection_is_deleted(order: Order, _: random.Random) -> None:
    if order.connection.deleted_at is None:
        connection_flows.delete_connection(order.connection, by=PRODUCT)


def a_bot_is_switched(order: Order, rng: random.Random) -> None:
    mine = Bot.objects.filter(pk=order.bot_id)
    act = rng.choice(("on", "on", "off", "halted", "winding down", "stepped by another"))
    if act == "off":
        flows.disable_bot(mine.get(), by=PRODUCT)
    elif act == "halted":
        halts.halt_some(mine, reason="holdings.missing", by=HaltedBy.BOOKS, now=timezone.now())
    elif act == "stepped by another":
        mine.update(fence=F("fence") + rng.choice((0, 1)))
    else:
        winding = timezone.now() if act == "winding down" else None
        mine.update(**Bot.SWITCHED_OFF)
        mine.update(state="enabled", winding_down_at=winding)


def somebody_is_stopped(order: Order, rng: random.Random) -> None:
    who, level = rng.choice(("bot", "trader", "everybody")), rng.choice(LEVELS)
    if who == "bot":
        stopping.pause_bot(Bot.objects.get(pk=order.bot_id), level, by=PRODUCT)
    elif who == "trader":
        stopping.pause_trader(order.connection.owner, level, by=PRODUCT)
    else:
        stopping.pause_everybody(level, by=PRODUCT)


def a_factor_comes_or_goes(order: Order, rng: random.Random) -> None:
    kind = rng.choice(("totp", "webauthn", "recovery_codes", ""))
    Authenticator.objects.all().delete()
    if kind:
        Authenticator.objects.create(user=order.connection.owner, type=kind, data={})


def an_owner_is_switched(order: Order, rng: random.Random) -> None:
    User.objects.filter(pk=order.connection.owner_id).update(is_active=rng.choice((True, False)))


def books_change(order: Order, rng: random.Random) -> None:
    funds = Funds.objects.filter(connection=order.connection_id)
    funds.update(
        reconciled_at=rng.choice((None, ago(rng, 0, 59), ago(rng, 61, 200))),
        restored_from=rng.choice((None, None, timezone.now())),
    )
    marks = {"is_behind": rng.choice((True, False, False)), "is_unseen": rng.choice((True, False, False))}
    Group.objects.filter(pk=order.group_id).update(**marks)


def a_group_changes(order: Order, rng: random.Random) -> None:
    mode = rng.choice(("normal", "normal", "recovery", "closing", "closed", "released"))
    asked = rng.choice((None, timezone.now()))
    Group.objects.filter(pk=order.group_id).update(mode=mode, close_asked_at=asked)


def the_exchange_wants_a_pause(order: Order, rng: random.Random) -> None:
    home, now = order.connection, timezone.now()
    ExchangePause.objects.all().delete()
    if rng.choice((True, False)):
        until = now + timedelta(seconds=rng.choice((-1, 60)))
        ExchangePause.objects.extend(
            home.exchange, home.venue, until, now=ago(rng, 0, 120), is_total=rng.random() < 0.5
        )


ACTS: tuple[Act, ...] = (
    a_check_ends,
    a_check_ends,
    a_key_is_replaced,
    a_connection_is_deleted,
    a_bot_is_switched,
    a_bot_is_switched,
    somebody_is_stopped,
    somebody_is_stopped,
    a_factor_comes_or_goes,
    an_owner_is_switched,
    books_change,
    a_group_changes,
    the_exchange_wants_a_pause,
)


def intended(venue: str) -> Order:
    """Return an order that is written down and that everything gives the right to leave."""
    home = make_connection(owner=make_user(), venue=venue)
    bot = make_bot(connection=home, state="enabled")
    rows.make_funds(bot=bot, reconciled_at=timezone.now())
    Authenticator.objects.create(user=home.owner, type="totp", data={})
    return rows.make_order(group=rows.make_group(bot=bot), state=OrderState.INTENDED, fence=bot.fence)


def interleave(order: Order, rng: random.Random, seen: Counter[str]) -> None:
    """Let a few things happen, then ask for the authority; all of it is undone at the end."""
    with transaction.atomic():
        purpose, acts = rng.choice(Purpose.values), rng.choices(ACTS, k=rng.randint(0, MOST_ACTS))
        side = "sell" if purpose == Purpose.EXIT else "buy"
        Order.objects.filter(pk=order.pk).update(purpose=purpose, side=side)
        for act in acts:
            act(Order.objects.select_related("connection__owner").get(pk=order.pk), rng)
        now, mine = timezone.now(), Order.objects.select_related("bot", "connection__owner", "group").get(pk=order.pk)
        missing = test_property_of_orders.authority(mine, now)

        is_marked = authority.mark_sent(mine, now=now)

        assert is_marked is not bool(missing), f"{purpose} after {[act.__name__ for act in acts]}: {missing or 'all'}"
        seen["left" if is_marked else "held back"] += 1
        seen.update(missing.split(", ") if missing else [])
        transaction.set_rollback(True)


@pytest.fixture
def _time_stands() -> Iterator[None]:
    """Let no proof grow old by itself while thousands of cases are looked at."""
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False):
        yield


@pytest.mark.usefixtures("_time_stands")
def test_whatever_happened_an_order_leaves_exactly_when_it_has_every_authority() -> None:
    rng, seen, orders = random.Random(SEED), Counter[str](), [intended(venue) for venue in ("practice", "live")]

    for _ in range(INTERLEAVINGS):
        interleave(rng.choice(orders), rng, seen)

    sys.stderr.write(f"figure: {INTERLEAVINGS} interleavings of chance: {dict(seen.most_common())}, 0 of them wrong\n")
    assert min(seen["left"], seen["held back"]) > INTERLEAVINGS / 10
    assert seen["a second factor"]
    assert len(seen) >= 12
