"""The practice exchange with nothing broken, and an event loop that is closed in the end."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from exchanges.loop import LOOP

if TYPE_CHECKING:
    from tests.practice.rig import Rig


@pytest.fixture
def rig(practice: "Rig") -> "Rig":
    """Return the practice exchange with no fault, latency or request left from another test."""
    for what in ("faults", "latency", "requests"):
        practice.control("DELETE", what)
    return practice


@pytest.fixture(scope="session", autouse=True)
def closed_loop() -> Iterator[None]:
    yield
    LOOP.close()
