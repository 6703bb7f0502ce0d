"""A bot that has really traded on the practice exchange, for the recount."""

from tests.connections.conftest import exchange_loop as exchange_loop
from tests.connections.conftest import published as published
from tests.connections.conftest import rig as rig
from tests.strategies.stories.conftest import no_rush as no_rush
from tests.strategies.stories.conftest import trading as trading
from tests.strategies.stories.conftest import woken as woken
