"""What a look reads: the groups it looks at, and all others of a connection only where something may be bought."""

import pytest
from django.utils import timezone

from strategies.models import Instrument
from strategies.runner import snapshot
from strategies.runner.snapshot import Beside
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument

pytestmark = [pytest.mark.services, pytest.mark.django_db]


def test_other_bots_groups_are_read_where_something_may_be_bought() -> None:
    bot = make_bot(state="enabled", entry_source="webhook")
    home = bot.connection
    make_funds(connection=home, USDT="1000", BTC="5")
    make_instrument(connection=home)
    own, other = make_group(bot=bot), make_group(bot=make_bot(connection=home, name="other"))
    instruments = {one.pair: one for one in Instrument.objects.all()}

    now = timezone.now()
    this = snapshot.load([bot], instruments, exchange=home.exchange, venue=home.venue, now=now, signals={})

    assert set(this.accounts.holdings) == {own.pk}
    limits = this.limits_of(bot, own.pair, Beside(stakes=(), count=1), own)
    assert limits.equity is None
    shared = this.with_money(limits, bot, own.pair)
    assert set(this.accounts.holdings) == {own.pk, other.pk}
    assert shared.equity == 1000 + own.at_work + other.at_work
