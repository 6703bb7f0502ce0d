"""The whole rehearsal, from a closed namespace to two tables."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal import bots, failures, keys, kills
from rehearsal.browser import PageError
from rehearsal.table import Table
from rehearsal.waiting import NeverError
from rehearsal.world import Stage, opened

COLUMNS = (*keys.CASES, "hosts", *bots.STEPS, "kills")


@dataclass
class Report:
    """`wrong` must be empty."""

    exchanges: Table
    failures: Table
    kills: list[str] = field(default_factory=list)
    seconds: float = 0

    @property
    def wrong(self) -> list[str]:
        whole = [] if kills.general(self.kills) else ["kills: the books were not all right"]
        return [*self.exchanges.wrong, *self.failures.wrong, *whole]

    def lines(self) -> list[str]:
        wrong = self.wrong
        end = [f"{self.seconds:g} s: everything as it must be"] if not wrong else [f"{self.seconds:g} s: WRONG", *wrong]
        return [*self.exchanges.lines(), *self.failures.lines(), *self.kills, "", *end]


def rehearse(
    var: Path, slugs: Sequence[str], *, count: int, seed: int, is_postgres: bool, tell: Callable[[str], None]
) -> Report:
    """Play every scene; what does not come about is told and leaves its cells unseen."""
    report = Report(Table("Live, by exchange", COLUMNS), Table("What must fail", failures.COLUMNS))
    report.exchanges.expect(slugs)
    report.failures.expect(failure.name for failure in failures.FAILURES)
    seats: list[bots.Seat] = []
    began = time.monotonic()

    def kill(stage: Stage) -> None:
        report.kills += kills.play(stage, seats, report.exchanges, kills=count, seed=seed, tell=tell)

    scenes: dict[str, Callable[[Stage], None]] = {
        "keys are judged": lambda stage: keys.play(stage, slugs, report.exchanges),
        "accounts with money are connected": lambda stage: seats.extend(bots.seat(stage, slugs)),
        "bots open, add and close": lambda stage: bots.play(stage, seats, report.exchanges),
        f"{count} kills": kill,
        "what must fail": lambda stage: failures.play(stage, slugs, seats, report.failures),
    }
    with opened(var, is_postgres=is_postgres) as stage:
        for name, scene in scenes.items():
            tell(f"{time.monotonic() - began:.0f} s: {name}")
            try:
                scene(stage)
            except (NeverError, PageError, TimeoutError) as never:
                tell(f"{name}: {never}")
    report.seconds = round(time.monotonic() - began, 1)
    return report
