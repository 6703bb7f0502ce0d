"""A hundred people click while a thousand checks and two hundred bots run: how long their pages take.

Everything is asked from outside, over HTTP with a browser's cookie: which server answers does not matter here.
"""

import http.client
import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from benchmarks import inside

PEOPLE, BOTS, SECONDS = 100, 200, 60
# Before that: the first of all requests reads the templates, and a hundred wait behind it.
WARM_UP_SECONDS = 15
# So long somebody looks at a page before the next click, on the average.
LOOKS_SECONDS = 3.0
# With two connections each, all are checked five times in that minute.
CHECKS, CHECK_EVERY = 1000, 12
GOAL_MS = 150
EXCHANGES = ("kucoin", "binance", "bybit")
# For the first comparison of all books, on a machine that has other work.
PATIENCE = timedelta(seconds=240)
PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")


def measure() -> list[dict[str, Any]]:
    return inside.rows_of("benchmarks.load", CHECK_INTERVAL_SECONDS=str(CHECK_EVERY))


@dataclass
class Person:
    """Somebody with a browser: the cookie of a session, and the pages that they look at."""

    cookie: str
    pages: Sequence[str]
    took: list[tuple[str, float]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def click(self, port: int, until: float, rng: random.Random) -> None:
        """Open pages until the time is over, over a kept connection as browsers do."""
        web = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        time.sleep(rng.uniform(0, LOOKS_SECONDS))
        while time.monotonic() < until:
            page, began = rng.choice(self.pages), time.perf_counter()
            try:
                status = self._open(web, page)
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(f"{type(error).__name__} {page}")
                web.close()
            else:
                if status != 200:
                    self.wrong.append(f"{status} {page}")
            self.took.append((page, (time.perf_counter() - began) * 1000))
            time.sleep(rng.expovariate(1 / LOOKS_SECONDS))
        web.close()

    def _open(self, web: http.client.HTTPConnection, page: str) -> int:
        """Ask for a page; a kept connection that the server has closed meanwhile is opened anew, as browsers do."""
        is_kept = web.sock is not None
        try:
            web.request("GET", page, headers={"Cookie": self.cookie, "Accept": "text/html"})
            answer = web.getresponse()
        except http.client.RemoteDisconnected:
            web.close()
            if not is_kept:
                raise
            return self._open(web, page)
        answer.read()
        return answer.status


def rows() -> list[dict[str, Any]]:
    from django.conf import settings

    from benchmarks.signal import busy, product
    from chaos.world import bases
    from connections.models import CheckRun, RunState

    with bases(settings.VAR_DIR) as started, product(settings.VAR_DIR) as (port, parts):
        # What is there for the test alone takes its share of the machine, too.
        parts |= {part.name: part for part in started}
        people = prepare(PEOPLE, BOTS)
        wait_for_books(people)
        plan_checks()
        click(people, port, WARM_UP_SECONDS)
        for person in people:
            person.took.clear()
        load, before, done = inside.load(), busy(parts), CheckRun.objects.filter(state=RunState.DONE)
        checked, began, own = done.count(), time.monotonic(), sum(os.times()[:2])
        click(people, port, SECONDS)
        seconds = time.monotonic() - began
        cores = {name: round((used - before[name]) / seconds, 2) for name, used in busy(parts).items()}
        cores["clicking"] = round((sum(os.times()[:2]) - own) / seconds, 2)
        return [row(people, checks=done.count() - checked, load=load, cores=cores)]


def prepare(people: int, bots: int) -> list[Person]:
    """Make people who are signed in, each with proven connections and bots that trade."""
    from django.conf import settings
    from django.test import Client

    from chaos import stage
    from chaos.control import Control

    control, made, each = Control(settings.PRACTICE_URL), list[Person](), bots // people
    for number in range(people):
        browser = Client()
        owner = stage.make_trader(f"trader{number}@example.test")
        pages = ["/", "/connections/", "/bots/", "/stops/", "/account/activity/"]
        for place in range(each):
            slug = EXCHANGES[(number + place) % len(EXCHANGES)]
            account = control("POST", "accounts", slug=slug, balances={"spot": {"USDT": "100000"}})["id"]
            keys = control("POST", "keys", slug=slug, account=account, grants=["read", "trade"], ips=["127.0.0.1"])
            connection = stage.connect(owner, slug, keys, account, name=f"{slug} {place}")
            bot = stage.add_bot(connection, f"bot {place}", PAIRS, margin_limit=2000)
            pages += [f"/connections/{connection.public_id}/"]
            pages += [f"/bots/{bot.public_id}/{page}" for page in ("", "journal/", "orders/", "closed/")]
        # A session as a sign-in makes it; nobody types a password here.
        browser.force_login(owner)
        cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
        made.append(Person(cookie=cookie, pages=pages))
    return made


def wait_for_books(people: Sequence[Person]) -> None:
    from chaos.trading import wait_until_for
    from strategies.models import Funds

    known = Funds.objects.filter(reconciled_at__isnull=False)
    wait_until_for(lambda: known.count() >= len(people), PATIENCE)


def plan_checks() -> None:
    """Let each connection be checked within the interval: none was, so that none has a next check.

    The first check learns whose account it is: another one than before would be an error, and halt the bots.
    """
    from django.utils import timezone

    from connections.models import Connection

    now, known = timezone.now(), Connection.objects.order_by("pk").values_list("pk", flat=True)
    for place, pk in enumerate(known):
        at = now + timedelta(seconds=place * CHECK_EVERY / len(known))
        Connection.objects.filter(pk=pk).update(next_check_at=at, account_uid="")


def click(people: Sequence[Person], port: int, seconds: float, *, seed: int = 1) -> None:
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=person.click, args=(port, until, random.Random(seed + number)))  # noqa: S311 - clicks by chance, no secret
        for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def row(people: Sequence[Person], *, checks: int, load: float, cores: dict[str, float]) -> dict[str, Any]:
    from strategies.models import Bot

    took = sorted(ms for person in people for _, ms in person.took)
    wrong = [text for person in people for text in person.wrong]
    halted = Bot.objects.not_enabled().count()
    if halted:
        wrong.append(f"{halted} bots do not trade")
    if wrong:
        sys.stderr.write("\n".join(sorted(set(wrong))[:10]) + "\n")
    return {
        "people": len(people),
        "pages": len(took),
        "errors": len(wrong),
        "p50 ms": round(statistics.median(took)),
        "p95 ms": round(took[int(len(took) * 0.95)]),
        "p99 ms": round(took[int(len(took) * 0.99)]),
        "goal p95": GOAL_MS,
        "checks": checks,
        "goal checks": CHECKS,
        **{f"{name} cores": used for name, used in cores.items()},
        "load before": load,
        "load after": inside.load(),
    }


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    inside.tell(rows())
