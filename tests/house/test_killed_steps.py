"""A bot that ends each worker that steps it: three of them, then it is parked, and the others go on."""

import sys

import pytest
from django.conf import settings
from django.utils import timezone

from backfuture.local import plan
from strategies.models import Bot
from tests.connections.conftest import exchange_loop as exchange_loop
from tests.connections.conftest import published as published
from tests.connections.conftest import rig as rig
from tests.house.services import Part, beating, wait_until
from tests.strategies.factories import make_bot
from tests.strategies.stories.conftest import trading as trading
from tests.strategies.stories.conftest import woken as woken
from tests.strategies.stories.trader import Trader
from workers.models import Alarm

pytestmark = pytest.mark.services
# Four workers start, on a machine that may be full.
PATIENCE = 300.0


def has_died(part: Part) -> bool:
    return part.process is not None and part.process.poll() is not None


def test_three_workers_die_of_it_and_the_fourth_lives(trading: Trader, valkey: str) -> None:
    other = make_bot(connection=trading.bot.connection, name="Innocent", state="enabled", pairs_json=["ETH/USDT"])
    trading.set(name="Killer")
    Bot.objects.update(step_at=timezone.now())
    part = plan.worker(settings.VAR_DIR)
    part.command[:] = [sys.executable, "-m", "tests.house.killing"]
    beat = plan.beat(settings.VAR_DIR)
    for one in (part, beat):
        one.environment["TRADING_LEASE_SECONDS"] = "4"

    with (
        beating(part, settings.VAR_DIR / "worker.alive", PATIENCE) as worker,
        beating(beat, settings.VAR_DIR / "beat.alive", PATIENCE),
    ):
        for number in range(3):
            wait_until(lambda: has_died(worker), f"worker {number} to die", PATIENCE)
            worker.start()
        wait_until(lambda: Bot.objects.get(name="Killer").state == "halted", "it to be parked", PATIENCE)
        Bot.objects.filter(pk=other.pk).update(step_at=timezone.now())
        wait_until(
            lambda: Bot.objects.filter(pk=other.pk, claimed_until=None, lost_claims=0, step_at__gt=timezone.now()),
            "the other to be stepped",
            PATIENCE,
        )
        assert not has_died(worker)

    killer = Bot.objects.get(name="Killer")
    assert (killer.halt_reason, killer.halted_by) == ("step.killed", "fault")
    assert Bot.objects.get(pk=other.pk).state == "enabled"
    assert Alarm.objects.get(name="bot.parked").count == 1
