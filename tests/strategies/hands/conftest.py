"""A bot on a proven practice connection, as the stories have it."""

from tests.connections.conftest import exchange_loop as exchange_loop
from tests.connections.conftest import published as published
from tests.connections.conftest import rig as rig
from tests.strategies.stories.conftest import kept_sums as kept_sums
from tests.strategies.stories.conftest import no_rush as no_rush
from tests.strategies.stories.conftest import trading as trading
from tests.strategies.stories.conftest import woken as woken
