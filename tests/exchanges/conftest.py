"""The practice exchange with nothing broken, and an event loop that is closed in the end."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from exchanges.wire import ccxt_object
from exchanges.wire.session import LOOP
from tests.exchanges.trading import PAIR, WALKS, Trader, make_trader

if TYPE_CHECKING:
    from tests.practice.rig import Rig


@pytest.fixture
def rig(practice: "Rig") -> Iterator["Rig"]:
    """Return the practice exchange with no fault, latency or request left from another test; leave none behind."""
    for what in ("faults", "latency", "requests"):
        practice.control("DELETE", what)
    yield practice
    for what in ("faults", "latency"):
        practice.control("DELETE", what)


@pytest.fixture
def traders(rig: "Rig") -> Iterator[Callable[..., Trader]]:
    """Make traders while BTC is pinned at 50,000 on a deep market; the price is let go afterwards."""
    rig.control("POST", "price", pair=PAIR, price="50000", liquidity="1000")
    yield lambda slug, kind="", **key: make_trader(rig, slug, kind, **key)
    for what in ("price", "faults"):
        rig.control("DELETE", what)


@pytest.fixture(params=WALKS)
def trader(request: pytest.FixtureRequest, traders: Callable[..., Trader]) -> Trader:
    return traders(*request.param.split())


@pytest.fixture(scope="session", autouse=True)
def closed_loop() -> Iterator[None]:
    """Load ccxt as a worker does, before the first check, and close what checks share after the last."""
    ccxt_object.preload()
    yield
    LOOP.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the matrix exchange × case of test_every_exchange.py, from whatever process it ran in."""
    cells: dict[str, dict[str, bool]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", ()):
                if name == "matrix" and report.when == "call":
                    slug, case = value
                    row = cells.setdefault(case, {})
                    row[slug] = row.get(slug, True) and outcome == "passed"
    if cells:
        _print_matrix(terminalreporter, cells)


def _print_matrix(terminal: pytest.TerminalReporter, cells: dict[str, dict[str, bool]]) -> None:
    slugs = list(dict.fromkeys(slug for row in cells.values() for slug in row))
    terminal.section("exchange × case: + as it must be, X not, . has no such case")
    terminal.write_line(" " * 28 + "".join(f"{slug:>10}" for slug in slugs))
    for case, row in cells.items():
        marks = ("+" if row.get(slug) else "X" if slug in row else "." for slug in slugs)
        terminal.write_line(f"{case:28}" + "".join(f"{mark:>10}" for mark in marks))
