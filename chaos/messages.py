"""Messages while everything fails: each that was committed must arrive, and none that was taken back."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.by import PRODUCT
from chaos import stage
from chaos.processes import Victim
from chaos.sink import Sink
from chaos.trading import persist, wait_until_for
from messaging import flows, outbox
from messaging.choices import Via
from messaging.models import Delivery

# A channel carries sixty in an hour.
EACH_TIME, EACH_PERSON = 5, 40
# Some are written in transactions that come to nothing.
TAKEN_BACK = 0.2
# A worker that died lets go of what it took after half a minute; with the rests after it this is more than enough.
ENDS_WITHIN = timedelta(seconds=180)
SOON_SECONDS = 10.0


@dataclass
class MessagesReport:
    """`late` took longer than ten seconds: their worker died, or something that they need was away."""

    seed: int
    kills: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    taken_back: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    without_cause: list[str] = field(default_factory=list)
    late: int = 0
    median: float = 0.0
    slowest: float = 0.0
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.without_cause)


@dataclass
class Telling:
    """Writes messages to people who each have one channel, and remembers when each was committed."""

    rng: random.Random
    people: Sequence[int]
    written: dict[str, float] = field(default_factory=dict)
    taken_back: set[str] = field(default_factory=set)

    def tell(self) -> None:
        title = f"message {len(self.written) + len(self.taken_back) + 1}"
        is_taken_back = self.rng.random() < TAKEN_BACK
        with transaction.atomic():
            user = self.rng.choice(self.people)
            outbox.write("bot.halted", user_id=user, title=title, cause=title, once=title, now=timezone.now())
            transaction.set_rollback(is_taken_back)
        if is_taken_back:
            self.taken_back.add(title)
        else:
            self.written[title] = time.time()


def prepare(kills: int) -> list[int]:
    """Make people enough, with a topic each at the server of ntfy that the settings name."""
    people = []
    for number in range(kills * EACH_TIME // EACH_PERSON + 1):
        user = stage.make_trader(f"told{number}@example.test")
        flows.add_channel(user, Via.NTFY, {"topic": f"rehearsal-of-{number:03}"}, by=PRODUCT)
        people.append(user.pk)
    return people


def rehearse(
    victims: Sequence[Victim], people: Sequence[int], *, kills: int, seed: int, tell: Callable[[str], None]
) -> MessagesReport:
    """Kill `kills` times while messages are written; wait until all have arrived, and hold both sides together."""
    rng, report, started = random.Random(seed), MessagesReport(seed=seed), time.monotonic()
    sink, telling = Sink(urlsplit(settings.NTFY_SERVERS[0]).port or 0), Telling(rng, people)
    try:
        for number in range(1, kills + 1):
            for _ in range(EACH_TIME):
                persist(telling.tell)
            time.sleep(rng.uniform(0, 0.4))
            victim = rng.choice(victims)
            victim.kill()
            report.kills[victim.name] = report.kills.get(victim.name, 0) + 1
            victim.start()
            if number % 50 == 0:
                tell(f"{number} kills, {len(telling.written)} messages, {len(sink.came)} arrived")
        wait_until_for(lambda: telling.written.keys() <= sink.came.keys(), ENDS_WITHIN)
    except TimeoutError:
        tell(f"{Delivery.objects.filter(state='waiting').count()} still wait")
    finally:
        sink.close()
    _compare(report, telling, sink)
    report.seconds = round(time.monotonic() - started, 1)
    return report


def _compare(report: MessagesReport, telling: Telling, sink: Sink) -> None:
    report.sent, report.taken_back = len(telling.written), len(telling.taken_back)
    report.lost = sorted(telling.written.keys() - sink.came.keys())
    report.without_cause = sorted(telling.taken_back & sink.came.keys())
    report.doubled = sorted(title for title, times in sink.came.items() if len(times) > 1)
    took = sorted(sink.came[title][0] - at for title, at in telling.written.items() if title in sink.came)
    report.late = sum(one > SOON_SECONDS for one in took)
    report.median, report.slowest = (round(took[len(took) // 2], 1), round(took[-1], 1)) if took else (0.0, 0.0)


def lines(report: MessagesReport) -> Iterator[str]:
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(report.kills.items()))
    yield f"seed {report.seed}: {sum(report.kills.values())} kills ({kinds}) in {report.seconds:g} s"
    yield f"{report.sent} messages committed, {report.taken_back} taken back"
    yield f"after {report.median:g} s by the median, {report.slowest:g} s at most; {report.late} after more than 10 s"
    yield f"{len(report.lost)} lost, {len(report.doubled)} doubled, {len(report.without_cause)} without a cause"
