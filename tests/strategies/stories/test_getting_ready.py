"""A signal that comes while a bot is still being made ready waits for it, and is told in the end what is missing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from strategies.models import Funds, Signal
from strategies.signals import handler
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services


def test_a_signal_waits_for_the_books_and_is_then_handled(trading: Trader) -> None:
    Funds.objects.filter(connection=trading.bot.connection).update(reconciled_at=None)

    early = trading.signal("long")
    assert early is not None
    assert (early.state, trading.orders()) == ("waiting", [])
    trading.look()
    handler.handle(early.pk)

    early.refresh_from_db()
    assert (early.state, early.outcome) == ("handled", "order.intended")


def test_books_that_never_come_are_told_after_half_a_minute(trading: Trader) -> None:
    Funds.objects.filter(connection=trading.bot.connection).update(reconciled_at=None)
    early = trading.signal("long")
    assert early is not None

    Signal.objects.filter(pk=early.pk).update(received_at=timezone.now() - timedelta(seconds=31))
    handler.handle(early.pk)

    early.refresh_from_db()
    assert early.outcome == "books.not_compared"
    assert trading.reasons() == ["books.not_compared"]
