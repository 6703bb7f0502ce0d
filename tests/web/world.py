"""A small world for tests of all routes: two traders with everything one can have, two operators, nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, OutgoingMail, User
from connections.models import CheckRun, Connection, UnknownAnswer
from exchanges.errors import Cause
from exchanges.shape import StrangeAnswer
from messaging.choices import Via
from messaging.models import Channel, Delivery
from messaging.spread import spread
from strategies.models import Bot, Group, LookBack, RefusedAlert, StopSwitch
from strategies.signals import inbox
from tests.accounts.factories import PASSWORD, make_user, sign_in
from tests.connections.factories import make_connection, make_run, make_secret
from tests.messaging.factories import make_channel, make_message
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.lookback.example import looked_back, mapped
from tests.web.routes import Route, address_of, room_of

# Rows that reading may change: who is signed in, what was done, how often somebody tried, which prices are looked at.
MAY_CHANGE = {
    "accounts.websession",
    "accounts.auditevent",
    "accounts.bucket",
    "accounts.outgoingmail",
    "strategies.feed",
    "strategies.funds",
    "strategies.instrument",
    "strategies.candleseries",
}
MISSING = "00000000-0000-4000-8000-000000000000"
TOKEN = "token-of-the-owners-bot"


@dataclass
class World:
    """`clients` by role; anonymous, other, owner, staff, superuser."""

    owner: User
    other: User
    staff: User
    superuser: User
    connection: Connection
    bot: Bot
    run: CheckRun
    group: Group
    channel: Channel
    event: AuditEvent
    rows: dict[str, Any] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    sessions: dict[str, dict[str, str]] = field(default_factory=dict)

    def ids(self, route: Route) -> dict[str, object]:
        """Return the owner's ids for each parameter of the route."""
        rows: dict[str, Any] = {
            "user": self.owner,
            "person": self.owner,
            "connection": self.connection,
            "bot": self.bot,
            "checkrun": self.run,
            "group": self.group,
            "message": self.channel,
            "channel": self.channel,
            **self.rows,
        }
        row = rows.get(room_of(route), self.event)
        # A stop switch has no id of its own: its page goes by its owner's.
        named = row if hasattr(row, "public_id") else getattr(row, "owner", None)
        return {
            "public_id": getattr(named, "public_id", MISSING),
            "object_id": row.pk,
            "exchange": "kucoin",
            "venue": "practice",
            "via": "telegram",
            "year": 2026,
            "key": "none",
            "token": TOKEN,
            "uidb36": "1",
            "pk": "1",
            "content_type_id": "1",
            "app_label": "connections",
            "url": "nowhere/",
        }

    def address(self, route: Route, **ids: object) -> str:
        return address_of(route, self.ids(route) | ids)


def make_world() -> World:
    owner = make_user(email="owner@example.test", password=PASSWORD)
    other = make_user(email="other@example.test", password=PASSWORD)
    staff = make_user(is_staff=True, password=PASSWORD)
    superuser = make_user(is_staff=True, is_superuser=True, password=PASSWORD)
    connection = make_connection(owner=owner, name="Owned")
    run = make_run(connection=connection)
    make_secret(connection=connection, revision=2)
    make_connection(owner=other, name="Not yours")
    later = timezone.now() + timedelta(days=1)
    mail = OutgoingMail.objects.create(kind="world", to="owner@example.test", due_at=later, expires_at=later)
    event = AuditEvent.objects.create(action="world.made", actor=owner, target="world", outcome="ok")
    strange = StrangeAnswer(asked="GET /x", status=400, code="123456", shape={"code": "int:6"})
    UnknownAnswer.objects.note("kucoin", "live", strange, cause=Cause.UNKNOWN_CODE, now=timezone.now())
    bot = make_bot(connection=connection, signal_hash=inbox.hash_of(TOKEN), signal_since=timezone.now())
    group = rows.make_group(bot=bot)
    RefusedAlert.objects.create(bot=bot, status=422, answer="This bot does not trade “XRP/USDT”.", body="{}")
    for one in (owner, other, staff, superuser):
        Channel.objects.of(one)
    channel = make_channel(Via.TELEGRAM, user=owner)
    make_message(owner, page=f"/bots/{bot.public_id}/", text="The key is refused.")
    spread(timezone.now())
    found = {"outgoingmail": mail, "unknownanswer": UnknownAnswer.objects.get(), "delivery": Delivery.objects.first()}
    found |= _trading(group)
    world = World(owner, other, staff, superuser, connection, bot, run, group, channel, event, found)
    people = {"other": other, "owner": owner, "staff": staff, "superuser": superuser}
    world.clients = {"anonymous": new_client()} | {
        role: sign_in(new_client(), person) for role, person in people.items()
    }
    world.sessions = {
        role: {name: morsel.value for name, morsel in client.cookies.items()} for role, client in world.clients.items()
    }
    return world


def _trading(group: Group) -> dict[str, Any]:
    """Return one row of all that trading leaves behind, by the name of its model."""
    order = rows.make_order(group=group)
    return {
        "order": order,
        "fill": rows.make_fill(order=order),
        "signal": rows.make_signal(bot=group.bot),
        "journalline": rows.make_line(bot=group.bot, group=group),
        "instrument": rows.make_price(),
        "funds": rows.make_funds(bot=group.bot),
        "look-back": LookBack.objects.create(
            bot=group.bot, months=1, until=timezone.now(), state="done", answer_json=looked_back(), map_json=mapped()
        ),
        "stopswitch": StopSwitch.objects.create(owner=group.connection.owner, level="entries"),
    }


def new_client(*, checks_csrf: bool = False) -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=checks_csrf)


def ask(world: World, role: str, method: str, path: str, **headers: str) -> Any:
    """Send an empty request and forget what it did, so that every one meets the same world."""
    client = world.clients[role]
    cookies = "; ".join(f"{name}={value}" for name, value in world.sessions[role].items())
    with forgotten():
        return client.generic(
            method, path, b"", "application/x-www-form-urlencoded", headers={**headers, "Cookie": cookies}
        )


@contextmanager
def forgotten() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def snapshot() -> dict[str, list[Any]]:
    """Return every row of every table of ours, but sessions and the trail."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    found = {}
    with database.cursor() as cursor:
        for model in models:
            if model._meta.label_lower not in MAY_CHANGE:
                cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY 1")  # noqa: S608 - our own tables
                found[model._meta.label_lower] = cursor.fetchall()
    return found


def changed(before: dict[str, list[Any]]) -> list[str]:
    """Name the tables that are not as they were."""
    return [name for name, rows in snapshot().items() if rows != before[name]]
