"""A bot on a proven practice connection, and a hand on the practice market's price."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.by import PRODUCT
from connections.models import Connection
from recount import differences, rows
from strategies.bots import flows
from strategies.models import Bot, signals
from tests.connections.conftest import exchange_loop as exchange_loop
from tests.connections.conftest import published as published
from tests.connections.conftest import rig as rig
from tests.connections.practising import work
from tests.practice.rig import Rig
from tests.strategies.stories.trader import Trader, add_funded
from workers import wake


@pytest.fixture(autouse=True)
def no_rush(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many signals within a second are a rush, in which look-ups wait: in these stories none is."""
    monkeypatch.setattr(signals, "RUSH", 10**9)


@pytest.fixture(autouse=True)
def kept_sums(request: pytest.FixtureRequest) -> Iterator[None]:
    """However a story goes: what pages show of its groups is what they come to."""
    is_trading = "trading" in request.fixturenames
    if is_trading:
        # Set up before this, and so still there after it.
        request.getfixturevalue("trading")
    yield
    for connection in Connection.objects.all() if is_trading else ():
        assert list(differences.of_kept(rows.kept_of(connection), rows.groups_of(connection))) == []


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return what is sent to the broker; nothing leaves. A check goes on to where checks are caught.

    Messages to people are left to the beat.
    """
    sent: list[tuple[str, int]] = []
    publish = wake.publish

    def catch(task: str, *ids: int, expires: float | None = None) -> None:
        if len(ids) > 1:
            publish(task, *ids)
        elif ids:
            sent.append((task, ids[0]))

    monkeypatch.setattr(wake, "publish", catch)
    return sent


@pytest.fixture
def trading(
    transactional_db: None, rig: Rig, published: list[object], woken: list[tuple[str, int]]
) -> Iterator[Trader]:
    """Return a trading bot on KuCoin's practice copy, whose BTC stands at 60,000."""
    rig.control("DELETE", "price")
    yield make_trading(rig, woken)
    rig.control("DELETE", "price")


def make_trading(
    rig: Rig, woken: list[tuple[str, int]], *, exchange: str = "kucoin", kind: str = "", **account_of: Any
) -> Trader:
    """Return a trading bot; the account is as practice accounts are made, with what is named of it otherwise."""
    connection, account, keys = add_funded(rig, exchange, kind, **account_of)
    work(connection)
    assert connection.status == "online"
    bot = Bot.objects.create(connection=connection, name="Trader", pairs_json=["BTC/USDT"], margin_limit=1000)
    trading = Trader(rig=rig, bot=bot, account=account, woken=woken, keys=keys)
    trading.price("60000")
    flows.enable_bot(bot, by=PRODUCT)
    trading.look(now=timezone.now())
    return trading
