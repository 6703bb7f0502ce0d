import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from workers.poison import fault_of, is_over

TASKS = {"connections.check"}


def message(args: Any = (12, 3), *, kwargs: Any = None, embed: Any = None, **changes: Any) -> bytes:
    """Return a message as ours are, with changes to its parts: headers__retries=3."""
    body = json.dumps([args, kwargs or {}, embed or {"callbacks": None, "errbacks": None, "chain": None}])
    whole: dict[str, Any] = {
        "body": b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "connections.check", "id": "1", "retries": 0, "timelimit": [None, None]},
        "properties": {
            "delivery_tag": "t",
            "body_encoding": "base64",
            "delivery_info": {"exchange": "", "routing_key": "checks"},
        },
    }
    for name, value in changes.items():
        part, _, key = name.partition("__")
        if key:
            whole[part][key] = value
        else:
            whole[part.replace("_", "-")] = value
    return json.dumps(whole).encode()


def test_what_we_send_is_taken() -> None:
    assert fault_of(message(), TASKS) == ""
    assert fault_of(message([]), TASKS) == ""
    assert fault_of(message(headers__expires="2026-11-29T10:00:00+00:00"), TASKS) == ""


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"\xff\x00garbage", "json"),
        (b"", "json"),
        (b"[" * 15_000, "json"),
        (b"x" * 17_000, "size"),
        (b"5", "shape"),
        (b"null", "shape"),
        (b"[]", "shape"),
        (b"{}", "shape"),
        (message(content_type="application/x-python-serialize"), "shape"),
        (message(headers=None), "shape"),
        (message(headers__task=["connections.check"]), "shape"),
        (message(properties__delivery_tag=None), "shape"),
        (message(properties__delivery_info={}), "shape"),
        (message(properties__body_encoding="rot13"), "shape"),
        (message(body=5), "shape"),
        (message(headers__task="os.system"), "task"),
        (message(headers__eta="2030-01-01T00:00:00"), "headers"),
        (message(headers__retries=3), "headers"),
        (message(headers__expires=5), "headers"),
        (message(headers__expires="soon"), "headers"),
        (message(headers__expires="2026-11-29T10:00:00"), "headers"),
        (message(headers__timelimit="x"), "headers"),
        (message(headers__group="g"), "headers"),
        (message(body="***"), "arguments"),
        (message(body=b64encode(b"[" * 9000).decode()), "arguments"),
        (message(body=b64encode(b"[1, 2]").decode()), "arguments"),
        (message(["1"]), "arguments"),
        (message([1.5]), "arguments"),
        (message([True]), "arguments"),
        (message([-1]), "arguments"),
        (message([2**64]), "arguments"),
        (message(list(range(9))), "arguments"),
        (message({"a": 1}), "arguments"),
        (message(kwargs={"a": 1}), "arguments"),
        (message(embed={"chain": [{"task": "connections.check"}]}), "arguments"),
    ],
)
def test_all_else_is_not(raw: bytes, fault: str) -> None:
    assert fault_of(raw, TASKS) == fault


def test_a_message_is_over_once_its_time_has_passed() -> None:
    told, until = message(headers__expires="2026-11-29T10:00:00+00:00"), datetime(2026, 11, 29, 10, tzinfo=UTC)

    assert not is_over(told, until)
    assert is_over(told, until.replace(second=1))
    assert not is_over(message(), until)
