"""A line of the log tells where a fault of ours happened, and nothing that anybody else said."""

import json
import logging
import logging.config
import threading
import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from structlog.contextvars import bound_contextvars, get_contextvars

from backfuture import celery, logs
from tests.house.services import python
from workers import wake

SECRET = "planted-secret-value"
ESCAPE = "\x1b[31m\r\nfaked line \u202e\x00"


class Lines(logging.Handler):
    """Keeps what would be written."""

    def __init__(self, form: str) -> None:
        super().__init__()
        shape: dict[str, Any] = dict(logs.LOGGING["formatters"][form])  # type: ignore[index]
        self.setFormatter(logging.config.DictConfigurator({}).configure_formatter(shape))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def written() -> Iterator[Callable[[str], Lines]]:
    """Give a function that begins to keep all lines in a format."""
    root, kept = logging.getLogger(), list[Lines]()

    def keep(form: str) -> Lines:
        kept.append(Lines(form))
        root.addHandler(kept[-1])
        return kept[-1]

    yield keep
    for one in kept:
        root.removeHandler(one)


def fail() -> None:
    try:
        raise OSError(SECRET)
    except OSError as error:
        raise RuntimeError(f"again {SECRET}") from error


def test_a_fault_of_ours_is_told_by_class_and_place_without_its_words(written: Callable[[str], Lines]) -> None:
    kept = written("json")
    try:
        fail()
    except RuntimeError as error:
        structlog.get_logger("ours").error("it_failed", row=7, exc_info=error)
        structlog.get_logger("ours").exception("it_failed_again")
        logging.getLogger("theirs").exception("Task failed: %s", error)

    assert SECRET not in "".join(kept.lines)
    ours, again, theirs = (json.loads(line) for line in kept.lines)
    assert (ours["event"], ours["row"], ours["fault"]) == ("it_failed", 7, "RuntimeError < OSError")
    assert ours["at"][0].startswith("tests/house/test_logs.py:")
    assert ours["at"][0].endswith(" fail")
    assert again["at"] == ours["at"] == theirs["at"]
    assert theirs["event"] == "Task failed: …"


def test_an_exception_that_hides_its_cause_is_told_alone(written: Callable[[str], Lines]) -> None:
    kept = written("json")
    try:
        try:
            fail()
        except RuntimeError:
            raise ValueError(SECRET) from None
    except ValueError as error:
        structlog.get_logger("ours").error("it_failed", exc_info=error)

    assert json.loads(kept.lines[0])["fault"] == "ValueError"


@pytest.mark.parametrize("form", ["plain", "json"])
def test_no_value_breaks_a_line_or_steers_a_terminal(written: Callable[[str], Lines], form: str) -> None:
    kept = written(form)
    structlog.get_logger("ours").warning(f"event {ESCAPE}", name=ESCAPE, listed=[ESCAPE])
    logging.getLogger("theirs").warning("said %s", ESCAPE)

    for line in kept.lines:
        assert not set("\x1b\r\n\x00") & set(line)
    if form == "plain":
        assert not any("\u202e" in line for line in kept.lines)


def test_a_line_for_people_reads_well(written: Callable[[str], Lines]) -> None:
    kept = written("plain")
    structlog.get_logger("ours").warning("mail_not_sent", mail=3, kind="a code", tries=["x"])
    try:
        fail()
    except RuntimeError as error:
        structlog.get_logger("ours").error("it_failed", exc_info=error)

    assert kept.lines[0][19:] == ' warning  ours mail_not_sent mail=3 kind="a code" tries="[\\"x\\"]"'
    head, fault, place, *_ = kept.lines[1].split("\n")
    assert head.endswith("error    ours it_failed")
    assert (fault, place[:29]) == ("  RuntimeError < OSError", "    tests/house/test_logs.py:")


def test_a_thread_that_fails_is_told_like_that(
    written: Callable[[str], Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = written("json")
    monkeypatch.setattr(threading, "excepthook", None)
    logs.tell_of_threads()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    (line,) = map(json.loads, kept.lines)
    assert (line["event"], line["fault"]) == ("thread_failed", "RuntimeError < OSError")
    assert SECRET not in kept.lines[0]


def test_a_message_carries_the_requests_id_to_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = list[dict[str, str] | None]()
    app = SimpleNamespace(send_task=lambda task, args, headers: sent.append(headers))
    monkeypatch.setattr(wake, "current_app", app)
    request = str(uuid.uuid4())
    with bound_contextvars(request_id=request):
        wake.publish("connections.check", 1, 1)
    wake.publish("connections.check", 1, 1)

    assert sent == [{"request_id": request}, None]


@pytest.mark.parametrize("given", ["0f" * 18, "x" * 36, ESCAPE, 7, None], ids=repr)
def test_a_task_names_itself_and_takes_no_id_that_is_none(given: object) -> None:
    task = SimpleNamespace(name="connections.check", request={"request_id": given})
    celery._name_the_task("t1", task)

    told = {"task": "connections.check", "task_id": "t1"}
    is_id = isinstance(given, str) and bool(celery.ID.fullmatch(given))
    assert get_contextvars() == (told | {"request_id": given} if is_id else told)
    celery._forget_the_task()
    assert get_contextvars() == {}


@pytest.mark.parametrize(("form", "begin"), [("json", "{"), ("plain", "2"), ("", "2")])
def test_the_environment_says_which_format(form: str, begin: str) -> None:
    say = "import logging.config; from backfuture import logs; logging.config.dictConfig(logs.LOGGING)"
    done = python("-c", f"{say}; logging.warning('hello')", LOG_FORMAT=form)

    assert done.stderr.startswith(begin)


def test_a_format_that_is_none_stops_the_start() -> None:
    done = python("-c", "from backfuture import logs", LOG_FORMAT="xml")

    assert done.returncode != 0
    assert "LOG_FORMAT must be plain or json" in done.stderr
