from datetime import UTC, datetime, timedelta

import pytest

from strategies.models.market import Instrument
from strategies.runner import retention

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def test_invented_pairs_are_forgotten_and_listed_ones_are_kept():
    old, new = NOW - timedelta(hours=2), NOW + timedelta(minutes=1)
    here = {"exchange": "kucoin", "venue": "practice"}
    Instrument.objects.create(pair="NO1/USDT", wanted_until=old, **here)
    Instrument.objects.create(pair="NO2/USDT", wanted_until=new, **here)
    Instrument.objects.create(pair="BTC/USDT", wanted_until=old, ruled_at=old, **here)

    retention.forget_pairs(NOW)

    assert set(Instrument.objects.values_list("pair", flat=True)) == {"NO2/USDT", "BTC/USDT"}
