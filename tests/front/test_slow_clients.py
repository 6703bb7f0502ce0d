"""Clients that take their time cost a connection each, and nobody a thread."""

from contextlib import ExitStack, closing

import pytest

from tests.front.asking import is_cut, read
from tests.front.conftest import Start

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
SLOW = {
    "heads": HEAD + b"X-a: ",
    "bodies": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nabc",
    "chunks": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "nothing": b"",
    "readers": b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 20,
}
# Many times as many as there are threads.
MANY = 40


@pytest.mark.parametrize("kind", SLOW)
def test_many_slow_clients_keep_nobody_waiting(start: Start, kind: str) -> None:
    asking = start()
    with ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(closing(asking.line(SLOW[kind], room=2048)))

        answers = [asking.get() for _ in range(5)]

    assert [answer.status for answer in answers] == [200] * 5


@pytest.mark.parametrize("kind", ["heads", "bodies", "chunks"])
def test_a_request_that_does_not_arrive_is_refused(start: Start, kind: str) -> None:
    asking = start(head_seconds=0.5, request_seconds=0.5)

    answer = asking(SLOW[kind])

    assert answer.status == 408
    assert answer.headers["connection"] == "close"


def test_the_silent_are_hung_up_on_without_a_word(start: Start) -> None:
    asking = start(idle_seconds=0.5)

    with closing(asking.line()) as line:
        assert is_cut(line)


def test_a_client_that_asked_and_then_says_nothing_is_hung_up_on(start: Start) -> None:
    asking = start(idle_seconds=0.5)

    with closing(asking.line(HEAD + b"\r\n")) as line:
        assert read(line).status == 200
        assert is_cut(line)


def test_a_client_that_does_not_take_its_answer_is_hung_up_on(start: Start) -> None:
    asking = start(stalled_seconds=0.5)

    with closing(asking.line(SLOW["readers"], room=2048)):
        while not (channels := list(asking.server.active_channels.values())):
            asking.get()
        while channels[0].connected:
            asking.get()

        assert asking.get().status == 200


def test_what_is_asked_ahead_waits_for_the_answer_before_it(start: Start) -> None:
    asking = start()

    with closing(asking.line(SLOW["readers"])) as line:
        answers = [len(read(line).body) for _ in range(20)]

    assert answers == [400_000] * 20


def test_a_new_client_is_let_in_when_the_house_is_full_of_slow_ones(start: Start) -> None:
    asking = start(connections=10)
    with ExitStack() as stack:
        first, *_ = [stack.enter_context(closing(asking.line(SLOW["heads"]))) for _ in range(30)]

        answers = [asking.get() for _ in range(5)]

        assert [answer.status for answer in answers] == [200] * 5
        assert is_cut(first)
        assert len(asking.server.active_channels) <= 10
