"""What runs all day finds its rows: no statement reads more of a large table than a trader's own rows, or what is due.

Each statement on an alert's way, of looks at prices and books, of the clocks' tasks and of a trader's pages is asked of
PostgreSQL again, among thousands of other traders, and tells how many rows of each table it had to read. Prepared ones
are asked by the plan that PostgreSQL keeps for all values, which cannot know that few rows have the value in question.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, models, transaction
from django.test import Client
from django.utils import timezone

from accounts import audit
from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from accounts.tasks import seal
from backfuture.celery import app
from connections.models import CheckRun, Connection
from connections.secrets.openings import KeyOpening
from database import prepared
from messaging.models import Message
from strategies.bots import flows as bots
from strategies.choices import StopLevel
from strategies.models import Bot, EquityPoint, Fill, Funds, Group, JournalLine, Order, Signal, market
from strategies.runner import tick
from strategies.stops.flows import close_groups, pause_bot, pause_trader
from tests.accounts.factories import sign_in
from tests.connections.conftest import exchange_loop as exchange_loop
from tests.connections.practising import check_again
from tests.strategies.stories.conftest import make_trading as make_trading
from tests.strategies.stories.conftest import no_rush as no_rush
from tests.strategies.stories.conftest import published as published
from tests.strategies.stories.conftest import rig as rig
from tests.strategies.stories.conftest import trading as trading
from tests.strategies.stories.conftest import woken as woken
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
M = TypeVar("M", bound=models.Model)
# So many other traders, each with a connection, a bot, an open group and some that were closed; read are at most so
# many rows of a table, for a trader that has but a few.
OTHERS, MOST = 3_000, 200
LATER, LONG_AGO = timedelta(days=1), timedelta(days=2)
# Asked seldom, and of all by what they are for.
OF_ALL = {
    # Every five seconds: how many connections are tested by themselves, by which the tests are spread.
    ("connections_connection", '"connections_connection"."next_check_at" IS NOT NULL'),
    ("accounts_user", '"connections_connection"."next_check_at" IS NOT NULL'),
    # Every ten seconds: whether somebody's books are not looked after.
    ("strategies_funds", '"strategies_funds" U0 WHERE U0."look_at" IS NOT NULL'),
    ("strategies_bot", '"strategies_funds" U0 WHERE U0."look_at" IS NOT NULL'),
    # Once a minute: accounts that were begun and never confirmed, those that are off and hold nothing any more, and in
    # which time zones people live.
    ("account_emailaddress", '"accounts_user"."date_joined" <'),
    ("accounts_user", 'SET "exits_kept"'),
    ("accounts_user", 'SELECT DISTINCT "accounts_user"."time_zone"'),
}


@pytest.fixture
def among_others(trading: Trader) -> Trader:
    """Give a trader with an open group among thousands that are like it, of which nothing is due."""
    trading.signal("long")
    trading.ask()
    now = timezone.now()
    homes = add_homes(trading.bot.connection, now)
    bots = add_bots(trading.bot, homes, now)
    add_books(Group.objects.get(), Order.objects.get(), bots, now)
    add_history(homes, bots, now - LONG_AGO)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return trading


def add_homes(home: Connection, now: datetime) -> list[Connection]:
    # Summaries are written at eight in the morning: for none of them it is.
    zone = "Asia/Tokyo" if now.hour in {7, 8} else "UTC"
    users = keep(User(email=f"other{number}@example.test", password="!", time_zone=zone) for number in range(OTHERS))
    keep(EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in users)
    home.refresh_from_db()
    free = {"shown_run_id": None, "testing_run_id": None, "next_check_at": now + LATER}
    homes = keep(like(home, owner_id=user.pk, **free) for user in users)
    ran: dict[str, Any] = {"attempt": 1, "revision": 1, "trigger": "schedule", "state": "done", "verdict": "online"}
    ran |= dict.fromkeys(("queued_at", "published_at", "finished_at"), now - LONG_AGO)
    for at, run in zip(homes, keep(CheckRun(connection=at, **ran) for at in homes), strict=True):
        at.shown_run = run
    Connection.objects.bulk_update(homes, ["shown_run"])
    keep(Funds(connection=at, look_at=now + LATER, reconciled_at=now, read_at=now, noted_at=now) for at in homes)
    return homes


def add_bots(bot: Bot, homes: list[Connection], now: datetime) -> list[Bot]:
    bot.refresh_from_db()
    free = {"signal_hash": None, "claim": "", "claimed_until": None, "step_at": now + LATER}
    return keep(like(bot, connection_id=at.pk, **free) for at in homes)


def add_books(group: Group, order: Order, bots: list[Bot], now: datetime) -> None:
    """Give each bot a group that is open and one that is closed, with an order and a fill each."""
    before = now - LONG_AGO
    far = {"wake_low": Decimal(1), "wake_high": Decimal(10**6), "wake_at": now + LATER}
    over = {"mode": "closed", "closed_at": before, **dict.fromkeys(far)}
    groups = keep(
        like(group, bot_id=one.pk, connection_id=one.connection_id, **values) for one in bots for values in (far, over)
    )
    done: dict[str, Any] = {"state": "filled", "look_at": None, "look_until": None}
    done |= dict.fromkeys(("created_at", "sent_at", "ended_at"), before)
    orders = keep(
        like(order, bot_id=one.bot_id, connection_id=one.connection_id, group_id=one.pk, **done) for one in groups
    )
    trade = {"quantity": 1, "cost": 1, "price": 1, "fee": 0, "fee_asset": "USDT", "at": before}
    keep(Fill(order=one, connection_id=one.connection_id, pair=one.pair, trade_id=one.pk, **trade) for one in orders)


def add_history(homes: list[Connection], bots: list[Bot], at: datetime) -> None:
    """Write what is told, counted and noted of each: of each table some rows."""
    opened = {"purpose": "order", "hour": at.replace(minute=0, second=0, microsecond=0), "count": 2, "is_told": True}
    keep(KeyOpening(connection=home, **opened) for home in homes)
    worth = {"currency": "USDT", "grain": "hour", "begins_at": at, "noted_at": at, "read_at": at}
    keep(EquityPoint(connection=home, money=1, coins=0, **worth) for home in homes)
    keep(JournalLine(bot=bot, action="open", reason="entry.signal", at=at) for bot in bots)
    came = {"key": "id:1", "pair": "BTC/USDT", "wish": "long", "state": "handled", "received_at": at}
    keep(Signal(bot=bot, handled_at=at, **came) for bot in bots)
    told = {"kind": "bot.halted", "title": "Halted", "cause": "x", "at": at, "spread_at": at}
    keep(Message(user_id=home.owner_id, **told) for home in homes)
    did = {"action": "connection.test", "outcome": "user"}
    events = [
        AuditEvent(at=at + timedelta(seconds=home.pk), actor_id=home.owner_id, target=audit.label(home), **did)
        for home in homes
    ]
    for event in events:
        event.mac = audit.mark(event)
    keep(events)
    for _ in range(2):
        seal()


def keep(rows: Iterable[M]) -> list[M]:
    made = list(rows)
    return type(made[0])._default_manager.bulk_create(made, batch_size=1_000)


def like(row: M, **changes: Any) -> M:
    """Return a new row with the values of this one, but for the changes and what each row has for itself."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    own = {field.attname: field.get_default() for field in fields if field.name in {"public_id", "client_id"}}
    return type(row)(**{field.attname: getattr(row, field.attname) for field in fields} | own | changes)


@contextmanager
def seen(patch: pytest.MonkeyPatch) -> Iterator[dict[str, tuple[Sequence[Any], bool]]]:
    """Yield the statements that this thread runs, each with the first values it got, and whether it is kept."""
    found: dict[str, tuple[Sequence[Any], bool]] = {}
    run = prepared._run

    def add(sql: str, values: Sequence[Any], *, is_kept: bool) -> None:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            found.setdefault(sql, (values, is_kept))

    def note_prepared(sql: str, values: Sequence[Any], *, is_each: bool = False) -> Any:
        add(sql, values[0] if is_each else values, is_kept=True)
        return run(sql, values, is_each=is_each)

    def note(execute: Callable[..., Any], sql: str, values: Any, many: bool, context: Any) -> Any:
        add(sql, values, is_kept=False)
        return execute(sql, values, many, context)

    with patch.context() as here, connection.execute_wrapper(note):
        here.setattr(prepared, "_run", note_prepared)
        yield found


def read_too_much(sql: str, values: Sequence[Any], is_kept: bool) -> list[str]:
    """Ask it again, in a transaction that is taken back; return of which tables it read more than it should."""
    with transaction.atomic(), connection.cursor() as cursor:
        if is_kept:
            first, *rest = sql.split("%s")
            numbered = first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
            cursor.execute("DEALLOCATE ALL")
            cursor.execute(f"PREPARE again AS {numbered.replace('%%', '%')}", None)
            given = f"({', '.join(['%s'] * len(values))})" if values else ""
            sql = f"EXECUTE again{given}"
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
        ((told,),) = cursor.fetchall()
        transaction.set_rollback(True)
    return [
        f"{node['Node Type']} of {node['Relation Name']}: {rows:.0f} rows"
        for node in nodes(told[0]["Plan"])
        if "Relation Name" in node
        and (rows := read_by(node)) > MOST
        and not any(node["Relation Name"] == table and part in sql for table, part in OF_ALL)
    ]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def read_by(node: dict[str, Any]) -> float:
    left_out = sum(count for name, count in node.items() if name.startswith("Rows Removed by"))
    return float((node["Actual Rows"] + left_out) * node["Actual Loops"])


def trade(trading: Trader) -> None:
    trading.signal("long")
    trading.at("57000")
    trading.ask()
    trading.at("66000")
    trading.ask()
    trading.look()
    trading.signal("long")


def let_the_clocks_run() -> None:
    for entry in app.conf.beat_schedule.values():
        app.tasks[entry["task"]]()
    for part in tick.PARTS:
        # Some have more to do once a minute.
        part(timezone.now().replace(second=0))


def act(trading: Trader) -> None:
    """Do what its trader does by hand."""
    check_again(trading.bot.connection, trigger="user")
    pause_bot(trading.bot, StopLevel.ENTRIES, by=PRODUCT)
    pause_bot(trading.bot, StopLevel.NONE, by=PRODUCT)
    bots.disable_bot(trading.bot, by=PRODUCT)
    bots.enable_bot(trading.bot, by=PRODUCT)
    close_groups(Group.objects.filter(bot=trading.bot), by=PRODUCT)
    pause_trader(trading.bot.connection.owner, StopLevel.ENTRIES, by=PRODUCT)


def look_around(trading: Trader, client: Client) -> None:
    bot, home = trading.bot, trading.bot.connection
    sign_in(client, home.owner)
    of_bot = ("", "chart/", "journal/", "orders/", "closed/", "signals/")
    pages = ["/", "/connections/", f"/connections/{home.public_id}/", "/bots/", "/orders/", "/stops/", "/messages/"]
    pages += ["/account/activity/", "/account/sessions/", *(f"/bots/{bot.public_id}/{page}" for page in of_bot)]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="PostgreSQL tells how many rows it read")
def test_nothing_that_runs_all_day_reads_everybodys_rows(
    among_others: Trader, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.loader.import_default_modules()
    # Each half minute it is asked which pairs anybody trades or looks at, of all.
    monkeypatch.setattr(market, "PAIRS_FOR", timedelta(days=36_500))

    with seen(monkeypatch) as statements:
        trade(among_others)
        let_the_clocks_run()
        of_workers = len(statements)
        act(among_others)
        look_around(among_others, client)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('plan_cache_mode'), current_setting('random_page_cost')")
        assert cursor.fetchone() == ("force_generic_plan", "1.1")
    assert (of_workers > 100, len(statements) - of_workers > 50) == (True, True)
    told = [
        f"{found}\n    {sql}"
        for sql, (values, is_kept) in statements.items()
        for found in read_too_much(sql, values, is_kept)
    ]
    assert told == [], "\n".join(told)
