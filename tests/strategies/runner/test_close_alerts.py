"""An alert that asks to close waits for whatever may be over in a moment; only what lasts answers it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from strategies import claims
from strategies.models import Funds, Group, Instrument
from strategies.runner import step
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument, make_order
from tests.strategies.rows import make_signal

pytestmark = [pytest.mark.services, pytest.mark.django_db]
AGO = timedelta(seconds=60)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("an old price", "market.stale"),
        ("a price that stands still", "market.frozen"),
        ("books", "books.not_compared"),
        ("books, of a pair that is halted", "pair.halted"),
        ("an order that is not known, of a pair that is halted", "pair.halted"),
        ("coins that are not free", "exit.coins_locked"),
    ],
)
def test_a_close_that_cannot_be_sent_this_moment_waits(case: str, reason: str) -> None:
    now, is_halted = timezone.now(), case.endswith("halted")
    bot = make_bot(state="enabled")
    funds = make_funds(connection=bot.connection, USDT="1000", BTC="0" if case.startswith("coins") else "5")
    Funds.objects.filter(pk=funds.pk).update(reconciled_at=None if case.startswith("books") else now)
    group = make_group(bot=bot)
    fields: dict[str, Any] = {
        "an old price": {"priced_at": now - AGO},
        "a price that stands still": {"moved_at": now - AGO, "stands_since": now - AGO},
    }.get(case, {"is_tradable": not is_halted})
    make_instrument(connection=bot.connection, **fields)
    if case.startswith("an order"):
        make_order(group=group, purpose="add_on", state="unknown", sent_at=now)
    if case.startswith("coins"):
        make_order(group=group, purpose="exit", state="refused", refusal="order.refused_coins", ended_at=now - AGO)
        Group.objects.filter(pk=group.pk).update(refusals=1, retry_at=now - AGO)
    signal = make_signal(bot=bot, wish="close")

    home, instruments = bot.connection, {one.pair: one for one in Instrument.objects.all()}
    bots, signals = claims.claim_some([bot.pk], now=now), {bot.pk: signal}
    step.step(bots, instruments, exchange=home.exchange, venue=home.venue, now=now, signals=signals)

    signal.refresh_from_db()
    group.refresh_from_db()
    assert (signal.state, group.mode, group.reason) == ("waiting", "normal", reason)
