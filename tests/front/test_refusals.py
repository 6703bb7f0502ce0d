"""What the server refuses by itself: with the house's headers, an id that the log knows, and nothing of what came."""

import re
from contextlib import ExitStack, closing

import pytest
from structlog.testing import capture_logs

from tests.front import app
from tests.front.asking import Answer, read
from tests.front.conftest import Start
from tests.house.services import wait_until

PLANTED = b"zq-planted"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
REFUSED = {
    "garbage": (b"\x16\x03\x01" + PLANTED + b"\r\n\r\n", 400),
    "a bare line feed": (b"GET / HTTP/1.1\r\nHost: x\nX-a: " + PLANTED + b"\r\n\r\n", 400),
    "no length": (POST + b"Content-Length: " + PLANTED + b"\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
    "a bad chunk": (POST + b"Transfer-Encoding: chunked\r\n\r\n" + PLANTED + b"\r\n", 400),
    "a large body": (POST + b"Content-Length: 2000000\r\n\r\n" + PLANTED, 413),
    "a long body in chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n20000\r\n" + b"x" * 131072, 413),
    "a long address": (b"GET /" + PLANTED * 500 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "long headers": (b"GET / HTTP/1.1\r\nHost: x\r\nX-a: " + PLANTED * 2000 + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(70)) + b"\r\n", 431),
    "a length and chunks": (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks of an old client": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a strange encoding": (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
}


def faults(answer: Answer) -> list[str]:
    found = [name for name, value in app.PROTECTION if answer.headers.get(name.lower()) != value]
    found += ["tells what came"] if PLANTED in answer.body else []
    found += ["names the server"] if "server" in answer.headers or b"waitress" in answer.body else []
    return found + ([] if re.search(rb"Request: [0-9a-f-]{36}\n", answer.body) else ["has no id"])


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_has_the_houses_headers_and_an_id_that_the_log_knows(start: Start, kind: str) -> None:
    sent, status = REFUSED[kind]
    asking = start()

    with capture_logs() as lines:
        answer = asking(sent)

    assert (answer.status, faults(answer)) == (status, [])
    (line,) = lines
    assert line["request_id"] in answer.body.decode()
    assert line["status"] == status
    assert "planted" not in str(line)


def test_a_fault_of_the_application_is_told_as_one_and_not_more(start: Start) -> None:
    answer = start().get(b"/breaks")

    assert (answer.status, faults(answer)) == (500, [])
    assert b"secret" not in answer.body


def test_a_client_that_sends_on_all_the_same_is_told(start: Start) -> None:
    with closing(start().line(POST + b"Content-Length: 3000000\r\n\r\n", b"x" * 100_000)) as line:
        assert read(line).status == 413

        for _ in range(5):
            line.sendall(b"x" * 100_000)
        assert line.recv(1) == b""


def test_nobody_is_asked_for_a_body_that_is_refused(start: Start) -> None:
    answer = start()(POST + b"Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n")

    assert answer.status == 413


def test_a_body_that_the_application_refuses_is_counted_and_not_kept(start: Start) -> None:
    answer = start()(POST + b"Content-Length: 900000\r\n\r\n", b"x" * 900_000)

    assert (answer.told["CONTENT_LENGTH"], answer.told["body"]) == ("900000", 0)


@pytest.mark.parametrize(
    "sent", [b"Content-Length: 10\r\n\r\n0123456789", b"Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"]
)
def test_a_body_arrives_whole_and_with_its_length(start: Start, sent: bytes) -> None:
    answer = start()(POST + sent)

    assert (answer.told["CONTENT_LENGTH"], answer.told["body"]) == ("10", 10)


@pytest.mark.parametrize(
    ("path", "methods", "next_word"),
    # An answer of unknown length ends the line: a second request there would be thrown away, and reset the line.
    [(b"/", (b"HEAD", b"GET"), b"HTTP/1.1 200 OK\r\n"), (b"/streams", (b"HEAD",), b"")],
)
def test_an_answer_to_head_is_its_head_alone(
    start: Start, path: bytes, methods: tuple[bytes, ...], next_word: bytes
) -> None:
    """What came behind it would be taken for the answer to the next request, perhaps somebody else's."""
    asked = [method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n" for method in methods]
    with closing(start().line(*asked)) as line, line.makefile("rb") as answers:
        head = list(iter(answers.readline, b"\r\n"))

        assert head[0] == b"HTTP/1.1 200 OK\r\n"
        assert answers.readline() == next_word


def test_a_client_that_waits_for_our_word_gets_it(start: Start) -> None:
    with closing(start().line(POST + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")) as line:
        assert line.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"abc")

        assert read(line).told["body"] == 3


def test_more_than_can_wait_are_told_to_come_back(start: Start) -> None:
    asking = start(waiting=3)
    with ExitStack() as stack:
        line = lambda: stack.enter_context(closing(asking.line(b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")))  # noqa: E731
        working = [line() for _ in range(2)]
        for _ in working:
            app.BEGUN.acquire()
        waiting = [line() for _ in range(3)]
        while len(asking.server.task_dispatcher.queue) < 3:
            pass

        refused = asking.get()
        app.MAY_GO_ON.set()

        assert (refused.status, refused.headers["retry-after"], faults(refused)) == (503, "2", [])
        assert [read(each).status for each in working + waiting] == [200] * 5


def test_what_proxies_say_reaches_the_application_as_it_came(start: Start) -> None:
    answer = start()(
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4, 5.6.7.8\r\nX_Forwarded_For: 6.6.6.6\r\n\r\n"
    )

    assert (answer.told["HTTP_X_FORWARDED_FOR"], answer.told["REMOTE_ADDR"]) == ("1.2.3.4, 5.6.7.8", "127.0.0.1")


def test_two_hundred_that_ask_in_the_same_moment_are_all_answered(start: Start) -> None:
    asking = start(connections=300)
    with ExitStack() as stack:
        ask = b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n"
        lines = [stack.enter_context(closing(asking.line(ask))) for _ in range(200)]
        wait_until(lambda: len(asking.server.task_dispatcher.queue) == 198, "all but two to wait for the two threads")
        app.MAY_GO_ON.set()

        assert {read(line).status for line in lines} == {200}
