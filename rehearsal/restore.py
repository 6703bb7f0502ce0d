"""A machine is lost: bots trade, a backup is made, they trade on, all is killed, and an empty machine takes over.

The exchange lives on outside, as exchanges do. Each machine is a directory, a database and processes of its own; it is
given what docs/backups.md says must be kept: the backup, its key, and the installation's keys.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from chaos import processes, trading
from chaos.control import Control
from chaos.processes import Process
from chaos.trading import ChaosReport, wait_until_for
from chaos.world import NOT_OURS

PACE = {"ORDER_ABSENT_AFTER_SECONDS": "3", "TRADING_LEASE_SECONDS": "2"}
# How many orders are placed before the backup, and at least so many after it: those the backup does not know.
BEFORE, AFTER = 30, 20
PATIENCE = timedelta(seconds=300)
# Five, each of which lists orders in a way of its own; Gate wants its own letters before our ids.
EXCHANGES = ("binance", "gate", "kucoin", "mexc", "okx")
ROUND_SECONDS = 1.0


@dataclass
class Told:
    """What a machine tells when it is done; `wrong` and `differences` must be empty.

    `accounts` are the practice exchange's names of each connection's account.
    """

    accounts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


@contextmanager
def machine(base: Path, name: str, practice_url: str, *, is_postgres: bool) -> Iterator[dict[str, str]]:
    """Make an empty directory, and a database server where one is wanted; yield the environment of its processes."""
    var = base / name
    var.mkdir(mode=0o700)
    given = {key: value for key, value in os.environ.items() if key not in NOT_OURS}
    made = {**given, **PACE, "BACKFUTURE_VAR": str(var), "EMBEDDED": "1", "PRACTICE_URL": practice_url}
    database = None
    if is_postgres:
        made["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{(port := processes.free_port())}/postgres"
        database = processes.postgres(var, port)
    try:
        if database:
            database.start()
        yield made
    finally:
        if database:
            database.kill()


def rehearse(*, is_postgres: bool, seed: int, tell: Callable[[str], None]) -> Told:
    """Lose a machine and bring everything back on another; `tell` hears of each step."""
    with tempfile.TemporaryDirectory(prefix="backfuture-lost-") as directory, ExitStack() as outside:
        base = Path(directory)
        port = processes.free_port()
        exchange = processes.practice(_made(base / "exchange"), port)
        outside.callback(exchange.kill)
        exchange.start()
        url, kept = f"http://127.0.0.1:{port}", base / "kept"
        with machine(base, "old", url, is_postgres=is_postgres) as old:
            _manage(old, "make_keys")
            before = _inside(old, "before", seed)
            tell(f"before: {before.figures}")
            shutil.copytree(base / "old" / "keys", kept / "keys")
            shutil.copytree(base / "old" / "backups", kept / "backups")
        shutil.rmtree(base / "old")
        tell("The machine is gone.")
        began = time.time()
        with machine(base, "new", url, is_postgres=is_postgres) as new:
            shutil.copytree(kept / "keys", base / "new" / "keys")
            (backup,) = (kept / "backups").iterdir()
            tell(_manage(new, "restore", str(backup)))
            restored = time.time() - began
            after = _inside({**new, "RESTORED": json.dumps([began, before.accounts])}, "after", seed)
        after.figures = {**before.figures, "restored after s": round(restored, 1), **after.figures}
        after.wrong = [*before.wrong, *after.wrong]
        return after


def _made(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path


def _manage(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def _inside(environment: dict[str, str], part: str, seed: int) -> Told:
    return Told(**json.loads(_manage(environment, "rehearse", "restore", "--inside", part, "--seed", str(seed))))


# --- on a machine


@contextmanager
def _running(var: Path) -> Iterator[list[Process]]:
    """Start broker, workers and clock; kill them all at once afterwards, as a machine that loses its power does."""
    from backfuture.local import plan

    # One worker for everything: a small machine's way, and none of it gives way to others' work beside the rehearsal.
    parts = [Process(part.name, part.command, var / f"{part.name}.log") for part in (plan.worker(var), plan.beat(var))]
    started = [processes.broker(var), *parts]
    try:
        for part in started:
            part.start()
        yield started
    finally:
        for part in reversed(started):
            part.kill()


def before(seed: int) -> Told:
    """Trade, back up in the midst of it, and trade on until the machine dies."""
    from django.core.management import call_command

    from connections.models import Connection
    from strategies.models import Group, Order

    call_command("migrate", verbosity=0)
    var, control, rng = Path(settings.VAR_DIR), Control(settings.PRACTICE_URL), random.Random(seed)
    told = Told()
    with _running(var):
        bots = trading.prepare(control, exchanges=EXCHANGES)
        told.accounts = {str(bot.connection_id): bot.connection.account_uid for bot in bots}
        # The stage calls accounts by the practice exchange's own names; the test after the restore learns theirs.
        Connection.objects.update(account_uid="")
        trading.warm_up(bots)
        _trade(control, rng, BEFORE)
        backing_up = subprocess.Popen(
            [sys.executable, "manage.py", "backup"], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
        )
        began = time.monotonic()
        while backing_up.poll() is None:
            trading.shake(control, rng, number=0)
            time.sleep(ROUND_SECONDS)
        if backing_up.returncode:
            told.wrong.append(f"the backup failed: {backing_up.stdout.read() if backing_up.stdout else ''}")
        told.figures["backup s"] = round(time.monotonic() - began, 1)
        at_backup = Order.objects.filter(sends__gt=0).count()
        _trade(control, rng, at_backup + AFTER)
    sent = Order.objects.filter(sends__gt=0)
    told.figures |= {
        "orders at the backup": at_backup,
        "orders at the end": sent.count(),
        "groups open at the end": Group.objects.open().count(),
    }
    return told


def _trade(control: Control, rng: random.Random, count: int) -> None:
    """Let prices jump until so many orders were sent, on every exchange some."""
    from strategies.models import Order

    def is_enough() -> bool:
        trading.shake(control, rng, number=0)
        sent = Order.objects.filter(sends__gt=0)
        homes = sent.values("connection").distinct().count()
        return bool(sent.count() >= count and homes == len(EXCHANGES))

    wait_until_for(is_enough, PATIENCE, pause=ROUND_SECONDS)


def after(seed: int) -> Told:
    """Wait until the books are up to date, let groups be sold, buy again, and compare everything."""
    var, control, rng = Path(settings.VAR_DIR), Control(settings.PRACTICE_URL), random.Random(seed)
    began, accounts = json.loads(os.environ["RESTORED"])
    told = Told(accounts=accounts)
    with _running(var):
        _catch_up(told, began)
        _sell_and_buy_again(told, began, control, rng)
        _compare(told, control, rng, seed)
    return told


def _note(told: Told, what: str, began: float, is_so: Callable[[], bool]) -> None:
    """Wait until it is so and note when that was, since the machine was lost."""
    try:
        wait_until_for(is_so, PATIENCE)
    except TimeoutError:
        told.wrong.append(f"{what}: not within {PATIENCE.seconds} s")
    told.figures[f"{what} after s"] = round(time.time() - began, 1)


def _catch_up(told: Told, began: float) -> None:
    from django.db.models import Q

    from accounts.models import AuditEvent
    from connections.models import Connection, Status
    from strategies.models import Funds, Order

    unproven = Connection.objects.filter(deleted_at=None).exclude(status=Status.ONLINE)
    _note(told, "keys proven", began, lambda: not unproven.exists())
    behind = Funds.objects.filter(Q(restored_from__isnull=False) | Q(reconciled_at=None))
    _note(told, "books caught up", began, lambda: not behind.exists())
    told.figures["orders found at the exchanges"] = Order.objects.filter(reason="order.adopted").count()
    if unclaimed := AuditEvent.objects.filter(action="order.unclaimed").count():
        told.wrong.append(f"{unclaimed} orders are no known bot's")


def _sell_and_buy_again(told: Told, began: float, control: Control, rng: random.Random) -> None:
    """Let prices rise through every take profit: what is open is sold, and nothing is bought until somebody says so."""
    from accounts.by import PRODUCT
    from accounts.models import User
    from strategies.choices import StopLevel
    from strategies.models import Group, Order
    from strategies.stops import flows

    bought = Order.objects.filter(side="buy").exclude(reason="order.adopted")
    before = bought.count()
    told.figures["groups open"] = Group.objects.open().count()
    for pair, start in trading.STARTS.items():
        control("POST", "price", pair=pair, price=f"{start * 1.3:.2f}", liquidity="1000", levels=1)
    _note(told, "all sold", began, lambda: not Group.objects.open().exists())
    if bought.count() != before:
        told.wrong.append("something was bought before anybody said so")
    flows.pause_everybody(StopLevel.NONE, by=PRODUCT)
    for owner in User.objects.filter(connections__isnull=False).distinct():
        flows.pause_trader(owner, StopLevel.NONE, by=PRODUCT)
    count = Order.objects.count()
    _note(told, "buying again", began, lambda: Group.objects.open().count() >= len(EXCHANGES))
    _trade(control, rng, count + AFTER)


def _compare(told: Told, control: Control, rng: random.Random, seed: int) -> None:
    from strategies.models import Bot

    report, bots = ChaosReport(seed=seed), list(Bot.objects.select_related("connection__owner"))
    accounts, toggles = {int(pk): name for pk, name in told.accounts.items()}, trading.Toggles(rng, bots)
    trading.rest(control, bots, toggles, report)
    trading.compare(control, bots, accounts, toggles, (), report)
    told.figures |= {"orders compared": report.orders, "fills compared": report.fills}
    told.wrong += report.wrong
    told.differences += [*report.beyond, *report.differences]


def lines(told: Told) -> Iterator[str]:
    yield from (f"{name:>30}  {value}" for name, value in told.figures.items())
    yield "figure: 0 doubled, 0 lost" if not told.wrong else "\n".join(told.wrong)
    yield f"figure: {len(told.differences)} differences"
    for name in (
        "orders found at the exchanges",
        "books caught up after s",
        "all sold after s",
        "buying again after s",
    ):
        yield f"figure: {name} {told.figures.get(name)}"
    yield from told.differences
