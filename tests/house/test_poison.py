"""Whatever lies in the broker: a real worker puts it aside and goes on with what is ours."""

import json

import redis
from django.conf import settings

import connections.tasks  # noqa: F401 - what is no task of ours is put aside
from backfuture.local import plan
from backfuture.messages import QUEUES
from backfuture.transport import ASIDE, LOOKS_AFTER, MOST_ALIKE
from tests.house.services import running, wait_until
from tests.house.test_broker import guarded, make_app, pytestmark  # noqa: F401 - a fixture, and the mark
from tests.workers.test_poison import message

POISON = (
    b"\xff\x00garbage",
    b"5",
    b"null",
    b"[" * 200_000,
    b"x" * 200_000,
    message(content_type="application/x-python-serialize"),
    message(headers__task="no.such.task"),
    message(headers__task="connections.check", headers__eta="soon"),
    message(properties={}),
    message(["one"]),
)


KEYS = (*QUEUES, f"_kombu.binding.{QUEUES[0]}")


def test_what_a_worker_took_is_in_its_own_mind_alone(guarded: str) -> None:  # noqa: F811
    app = make_app(guarded)
    with redis.Redis.from_url(guarded) as client:
        client.delete(*QUEUES)
        app.send_task("connections.check", args=[1, 2], queue="books")
        with app.connection() as line, line.SimpleQueue("books") as queue:
            queue.get(timeout=5)

            assert not client.exists("unacked", *QUEUES)
        # It ended without having done it: the next may have it at once.
        assert client.llen("books") == 1


def test_what_lies_under_our_names_and_is_of_another_kind_is_taken_away(guarded: str) -> None:  # noqa: F811
    with redis.Redis.from_url(guarded) as client, make_app(guarded).connection() as line:
        for key in KEYS:
            client.delete(key)
            client.set(key, "none of ours")

        line.default_channel.qos.restore_visible()

        assert not client.exists(*KEYS)


def test_what_nobody_takes_does_not_grow_without_end_and_the_newest_stay(guarded: str) -> None:  # noqa: F811
    app, sent = make_app(guarded), MOST_ALIKE["books"] + 2 * LOOKS_AFTER
    with redis.Redis.from_url(guarded) as client:
        client.delete(*QUEUES)
        for number in range(sent):
            app.send_task("strategies.look_up", args=[number])
        app.send_task("strategies.handle_signal", args=[1])

        newest = json.loads(client.lindex("books", 0) or b"")
        assert MOST_ALIKE["books"] <= client.llen("books") <= MOST_ALIKE["books"] + LOOKS_AFTER
        assert newest["headers"]["argsrepr"] == f"[{sent - 1}]"
        assert client.llen("orders") == 1
        client.delete(*QUEUES)


def test_no_message_ends_a_worker_or_stops_its_queues(guarded: str, db: None) -> None:  # noqa: F811
    part = plan.worker(settings.VAR_DIR)
    alive = settings.VAR_DIR / "worker.alive"
    alive.unlink(missing_ok=True)
    part.environment["REDIS_URL"] = guarded
    app = make_app(guarded)
    with running(part) as worker, redis.Redis.from_url(guarded) as client:
        assert worker.process is not None
        wait_until(alive.exists, "the worker")
        for queue in QUEUES:
            client.lpush(queue, *POISON)
        client.lpush(QUEUES[-1], b"x" * 20_000_000)
        # As many as the task does not take: it fails, and that is all.
        app.send_task("connections.check", args=[1, 2, 3, 4, 5], queue=QUEUES[-1])
        wait_until(lambda: not any(client.llen(queue) for queue in QUEUES), "the queues to be empty")

        alive.unlink()
        app.send_task("connections.check", args=[1, 2])
        wait_until(alive.exists, "the worker to go on")

        assert worker.process.poll() is None
        aside = client.lrange(ASIDE, 0, -1)
    lines = [line for line in worker.log.read_text().splitlines() if "message_put_aside" in line]
    # Some may be left from another test's worker: the first, second, fourth …
    assert 0 < len(aside) <= (len(QUEUES) * len(POISON) + 1).bit_length() + 1
    assert max(map(len, aside)) <= 1024
    assert all("broker.poison" in line for line in lines)
