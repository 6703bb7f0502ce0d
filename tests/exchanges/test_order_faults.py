"""Every fault of the wire, at everything that a bot asks of every exchange: told as trouble, never taken for an answer.

What the answers to a check do is in test_every_exchange.py.
"""

import ssl
import sys
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from exchanges.desk.caller import ALL_PRICES
from exchanges.errors import ExchangeError, RawAnswer
from exchanges.values import OrderNotSentError, OrderUnknownError
from exchanges.wire.session import BODY_LIMIT
from tests.exchanges.replaying import Canned, Stage, as_it_was, stage_of
from tests.exchanges.trading import Trader

HTML = b"<html><head><title>Attention Required! | Cloudflare</title></head><body>blocked</body></html>"
STATUSES = (
    *(
        201,
        202,
        204,
        206,
        301,
        302,
        307,
        400,
        401,
        402,
        403,
        404,
        405,
        406,
        407,
        408,
        409,
        410,
        413,
        415,
        418,
        422,
        425,
    ),
    *(425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 507, 508, 511, 520, 521, 522, 524, 525, 530),
)
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "html": HTML,
    "null": b"null",
    "object": b"{}",
    "list": b"[]",
    "text": b'"ok"',
    "number": b"0",
    "true": b"true",
    "half": b'{"code":"0","data":{"orderI',
    "no utf-8": b"\xff\xfe\x00{}",
    "nul": b"\x00\x00",
    "deep": b"[" * 100_000,
    "too large": b" " * (8 * BODY_LIMIT),
    "another exchange's": b'{"error":[],"result":{"txid":["OUF4EM-FRGI2-MQMWZD"],"descr":{"order":"buy 1"}}}',
    "gzip that is none": b"\x1f\x8b\x08\x00garbage",
}
KEY = cast("ConnectionKey", SimpleNamespace(ssl=True, host="api.example", port=443, is_ssl=True))
# Before a request can have left.
NO_WAY: dict[str, Exception] = {
    "refused": aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(111, "refused")),
    "no such name": aiohttp.ClientConnectorDNSError(KEY, OSError("name")),
    "no certificate": aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError("bad")),
    "no handshake": aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError("bad")),
    "no connection in time": aiohttp.ConnectionTimeoutError("late"),
}
CUT: dict[str, Exception] = {
    "reset": ConnectionResetError(104, "reset"),
    "hung up": aiohttp.ServerDisconnectedError(),
    "broken pipe": aiohttp.ClientOSError(32, "pipe"),
    "silence": aiohttp.SocketTimeoutError("silent"),
    "no http": aiohttp.ClientResponseError(cast("Any", SimpleNamespace(real_url="x")), (), message="Bad status line"),
    "too many headers": aiohttp.ClientPayloadError("headers"),
}
MID_BODY: dict[str, Exception] = {
    "cut in its body": aiohttp.ClientPayloadError("not all"),
    "reset in its body": ConnectionResetError(104, "reset"),
    "bad gzip in its body": aiohttp.ClientPayloadError("Can not decode content-encoding: gzip"),
    "silence in its body": aiohttp.SocketTimeoutError("silent"),
}
FAULTS: dict[str, Canned | Exception] = {
    **{f"status {status}": Canned(status, HTML, {"Content-Type": "text/html"}) for status in STATUSES},
    **{f"status {status}, nothing": Canned(status, b"") for status in (204, 401, 403, 429, 500, 503)},
    **{f"200 {name}": Canned(200, body) for name, body in BODIES.items()},
    **{name: Canned(200, b'{"code":', fails=error) for name, error in MID_BODY.items()},
    **CUT,
    **NO_WAY,
}
# Of these an empty list is the honest answer where there is nothing, but to what is found, taken back or placed.
LISTING, LISTED = {"mexc", "binance", "gate"}, {"quotes", "candles", "balances", "fills"}
OUR_OWN = (ExchangeError, OrderUnknownError, OrderNotSentError)


def struck(stage: Stage, act: str, fault: Canned | Exception) -> str:
    """Return the name of what leaves the desk when each answer is this fault; fails for any error but our own."""

    def change(_method: str, _answer: RawAnswer) -> Canned:
        if isinstance(fault, Exception):
            raise fault
        return fault

    stage.replay.change = change
    try:
        told = stage.play(act)
    except OUR_OWN as error:
        return type(error).__name__
    return f"taken for an answer: {told!r}"[:200]


def allowed(act: str, name: str, stage: Stage) -> set[str]:
    if act != "place":
        return {"ExchangeError"}
    if name in NO_WAY or stage.desk._lender.spec.trading.preface:
        # No connection, or what must be known first was not told: nothing has left.
        return {"OrderNotSentError"} if name in NO_WAY else {"OrderNotSentError", "OrderUnknownError"}
    return {"OrderUnknownError"}


@pytest.mark.services
def test_every_fault_at_every_question_is_a_trouble_of_our_own(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = stage_of(trader, monkeypatch)
    for act in stage.acts:
        # As it was it is an answer.
        stage.replay.change = lambda _method, answer: as_it_was(answer)
        stage.play(act)
    wrong, count = list[str](), Counter[str]()
    for act in stage.acts:
        for name, fault in FAULTS.items():
            if name == "200 list" and trader.slug in LISTING and act in LISTED:
                continue
            said = struck(stage, act, fault)
            count[said] += 1
            if said not in allowed(act, name, stage):
                wrong.append(f"{act}, {name}: {said}")

    sys.stdout.write(f"figure: {trader.slug} {trader.kind}: {count.total()} faults, {dict(count)}\n")
    assert len(FAULTS) >= 75
    assert not wrong, "\n".join(wrong)


@pytest.mark.services
@pytest.mark.parametrize(("act", "most"), [("balances", BODY_LIMIT), ("find", BODY_LIMIT), ("quotes", ALL_PRICES)])
def test_only_public_lists_of_everything_may_be_larger_than_two_mebibytes(
    traders: Callable[[str], Trader], monkeypatch: pytest.MonkeyPatch, act: str, most: int
) -> None:
    stage = stage_of(traders("kucoin"), monkeypatch)

    def padded(size: int) -> Callable[[str, RawAnswer], Canned]:
        return lambda _method, answer: Canned(200, with_more(answer.text, size).encode())

    assert BODY_LIMIT == 2 * 2**20
    stage.replay.change = padded(most)
    stage.play(act)
    stage.replay.change = padded(most + 1)
    with pytest.raises(ExchangeError):
        stage.play(act)


def with_more(text: str, size: int) -> str:
    """Return an object's text with one more field, which makes it so long."""
    head = text[:-1] + ',"more":["'
    need = size - len(head) - len('"]}')
    return head + ("x" * 997 + '","') * (need // 1000) + "x" * (need % 1000) + '"]}'
