import asyncio
import itertools
import logging
import random
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import ccxt
import pytest

from exchanges.desk.desk import desk_of
from exchanges.errors import Cause, ExchangeError
from exchanges.known.htx import check as htx
from exchanges.known.kucoin import check as kucoin
from exchanges.location import Location
from exchanges.proven import UnreadableError
from exchanges.spec import Ask, Question
from exchanges.values import Credentials
from exchanges.wire import ccxt_object
from exchanges.wire.ask import Interview
from exchanges.wire.ccxt_object import Lender, lender_of
from exchanges.wire.session import LOOP, ExchangeLoop
from tests.exchanges.asking import check, location_at
from tests.exchanges.guarding import keyed_objects
from tests.exchanges.hosts import answer, says, serving
from tests.house.services import python

if TYPE_CHECKING:
    from tests.practice.rig import Rig

KEYS = {"api_key": "canary-key-4711", "secret": "canary-secret-4711", "passphrase": "canary-passphrase-4711"}
CANARIES = (*KEYS.values(), "canary")
SLUGS = ("mexc", "kucoin")


def json_ok(body: bytes) -> Callable[[socket.socket], None]:
    return answer(body, "Content-Type: application/json")


# What lines and proxies do to an answer; the practice exchange has 23 kinds more (test_every_exchange.py).
HOSTILE: dict[str, Callable[[socket.socket], None]] = {
    "no answer at all": says(),
    "half a status line": says(b"HTTP/1.1 2"),
    "no http": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "http 0.9": says(b'{"code":"200000"}'),
    "continue and no more": says(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "switching protocols": says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    "no content": says(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "partial content": answer(b"{}", status="206 Partial Content"),
    "not modified": says(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "length too long": says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"),
    "length too short": says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{}"),
    "negative length": says(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
    "two lengths": says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "broken chunk": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "cut chunk": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{}"),
    "broken header": says(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n{}"),
    "nul in header": says(b"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 2\r\n\r\n{}"),
    "unknown encoding": answer(b"{}", "Content-Encoding: br, x-made-up"),
    "bad deflate": answer(b"\xff\xff\xff", "Content-Encoding: deflate"),
    "bad utf-8": json_ok(b'{"code":"\xff\xfe\xed\xa0\x80"}'),
    "utf-16": json_ok('{"code":"200000"}'.encode("utf-16")),
    "byte order mark": json_ok(b"\xef\xbb\xbf{}"),
    "unknown charset": answer(b"{}", "Content-Type: application/json; charset=x-made-up"),
    "lone surrogate": json_ok(b'{"code":"\\ud800","msg":"\\udfff\\u0000"}'),
    "deep": json_ok(b"[" * 300_000),
    "long number": json_ok(b'{"code":' + b"9" * 100_000 + b"}"),
    "not a number": json_ok(b'{"code":NaN,"data":-Infinity}'),
    "same name twice": json_ok(b'{"code":"200000","code":"1","data":1,"data":{}}'),
    "megabyte of text": json_ok(b'"' + b"x" * 2**20 + b'"'),
    "teapot": answer(b"", status="418 I'm a teapot"),
    "odd status": answer(b"{}", status="999 ?"),
    "proxy sign-in": answer(
        b"<html>canary</html>", "Proxy-Authenticate: Basic", status="407 Proxy Authentication Required"
    ),
    "captive portal": answer(b"<html>Sign in to the WiFi canary</html>", status="200 OK"),
    "canary in a refusal": answer(b'{"code":"77","msg":"canary-secret-4711"}', status="400 canary-reason"),
}


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("mode", HOSTILE)
def test_whatever_a_line_does_ends_as_temporary_trouble_of_our_own_words(mode: str, slug: str) -> None:
    started = time.monotonic()
    with serving(HOSTILE[mode]) as host:
        outcome = check(host.base, slug, KEYS, seconds=2)

    assert outcome.verdict == "temporary"
    assert all(code.startswith("reach.") for code in outcome.decisive)
    assert time.monotonic() - started < 2.5
    assert not any(canary in outcome.text + repr(outcome.facts.troubles()) for canary in CANARIES)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_port_where_nobody_listens_is_unavailable(slug: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"

    assert check(base, slug, KEYS).decisive == ["reach.unavailable"]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_name_that_nobody_knows_is_unavailable(slug: str) -> None:
    assert check("http://practice.invalid", slug, KEYS, seconds=5).decisive == ["reach.unavailable"]


ODD = ("\x00", "\r\nX-Evil: 1", "\ud800", "ключ", "\u202e", "x" * 100_000, "", "${7*7}", "../../etc", "a b", "\t")


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("part", ["api_key", "secret", "passphrase"])
def test_a_key_of_any_characters_harms_nobody(rig: "Rig", slug: str, part: str) -> None:
    for text in ODD:
        outcome = check(rig.base, slug, {**rig.tryout(slug, "good"), part: text})

        # MEXC knows no passphrase: it is not even sent.
        assert outcome.verdict != "online" or (slug, part) == ("mexc", "passphrase")
        assert len(text) > 1000 or "reach.unavailable" not in outcome.codes


def _asked(spec: Any, location: Location, act: Callable[[Interview], Any], keys: dict[str, str] = KEYS) -> Any:
    return LOOP.submit(act(Interview(Lender(spec, location), Credentials(**keys)))).result(30)


class Noisy:
    """Stand where ccxt stands and raise what is planned, with the secrets in it."""

    commonCurrencies: Mapping[str, str] = {}
    planned: Iterator[Exception] = iter(())

    def __init__(self, options: dict[str, Any]) -> None:
        self.options, self.urls, self.has = options["options"], {"api": None}, {"fetchCurrencies": True}

    async def publicGetTimestamp(self, parameters: object) -> None:
        error = next(self.planned)
        error.__cause__ = ValueError(KEYS["secret"])
        raise error


def _exceptions(rng: random.Random) -> Iterator[Exception]:
    kinds = [getattr(ccxt, name) for name in dir(ccxt) if name[0].isupper() and isinstance(getattr(ccxt, name), type)]
    errors = [kind for kind in kinds if issubclass(kind, Exception)]
    plain = [ValueError, KeyError, TypeError, AttributeError, RuntimeError, OSError, RecursionError, MemoryError]
    for _ in range(1000):
        text = f"GET https://api/x?apiKey={KEYS['api_key']}&signature={rng.random()} {KEYS['passphrase']}"
        yield rng.choice([*errors, *plain])(text)


def test_a_thousand_foreign_exceptions_leave_no_trace(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(ccxt_object, "ccxt_class", lambda ccxt_id: Noisy)
    monkeypatch.setattr(Noisy, "planned", _exceptions(random.Random(7)))
    question = Question(ask=Ask.TIME, method="publicGetTimestamp", read=lambda body: body)

    async def ask_all(one: Interview) -> list[ExchangeError]:
        found = []
        for _ in range(1000):
            with pytest.raises(ExchangeError) as caught:
                await one.ask(question, {})
            found.append(caught.value)
        return found

    errors = _asked(kucoin.SPEC, Location(base="http://127.0.0.1:1"), ask_all)

    told = "".join("".join(traceback.format_exception(error)) for error in errors)
    assert "canary" not in told + caplog.text
    assert {str(error) for error in errors} == {"key.malformed"}
    assert all(error.__cause__ is error.__context__ is None for error in errors)


@pytest.mark.parametrize(
    "kind",
    [UnreadableError, KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, RecursionError],
)
def test_a_reader_that_stumbles_proves_nothing(rig: "Rig", kind: type[Exception]) -> None:
    def stumble(body: object) -> object:
        raise kind("canary")

    question = Question(ask=Ask.TIME, method="publicGetTimestamp", read=stumble)

    with pytest.raises(ExchangeError) as caught:
        _asked(kucoin.SPEC, location_at(rig.base, "kucoin"), lambda one: one.ask(question, {}))

    assert caught.value.trouble.cause is Cause.UNREADABLE
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_each_question_sees_its_own_answer(rig: "Rig") -> None:
    rounds = itertools.chain.from_iterable(kucoin.SPEC.rounds["spot"] * 10)  # type: ignore[index]

    async def ask_at_once(one: Interview) -> list[Any]:
        questions = list(rounds)
        answers = await asyncio.gather(*(one.ask(question, {}) for question in questions))
        return [(question.ask, type(answer).__name__) for question, answer in zip(questions, answers, strict=True)] + [
            one.requests
        ]

    *found, count = _asked(
        kucoin.SPEC, location_at(rig.base, "kucoin"), ask_at_once, {k: rig.tryout("kucoin", "good")[k] for k in KEYS}
    )

    assert set(found) == {("time", "int"), ("rights", "KeyRights"), ("balances", "list"), ("orders", "list")}
    assert count == 40


@pytest.mark.parametrize("kind", ["", "503", "html_200", "reset", "hang"])
def test_no_key_outlives_a_check(rig: "Rig", kind: str) -> None:
    location = location_at(rig.base, "kucoin")
    if kind:
        rig.fault(kind, slug="kucoin")

    check(rig.base, "kucoin", rig.tryout("kucoin", "good"), seconds=0.5)

    assert keyed_objects() == []
    kept = repr(vars(lender_of(kucoin.SPEC, location)._original))
    assert not [name for name in KEYS if rig.tryout("kucoin", "good")[name] in kept]


def test_checks_and_desk_lend_copies_of_one_ccxt_object(rig: "Rig") -> None:
    location = location_at(rig.base, "kucoin")

    assert lender_of(kucoin.SPEC, location) is desk_of(kucoin.SPEC, location)._lender
    assert lender_of(kucoin.SPEC, location) is not lender_of(kucoin.SPEC, Location())


def test_credentials_never_print_themselves() -> None:
    assert "canary" not in f"{Credentials(**KEYS)!r} {Credentials(**KEYS)}"


def test_a_live_exchange_is_reached_at_its_own_hosts_only() -> None:
    assert Location().is_live
    assert Location().origins(htx.SPEC) == {("https", "api.huobi.pro", 443), ("https", "api.hbdm.vn", 443)}
    named = Location(base="http://h:1/htx", futures="https://g/x")
    assert named.origins(htx.SPEC) == {("http", "h", 1), ("https", "g", 443)}
    assert not Location(base="http://h:1").is_live


def test_the_loggers_that_print_secrets_are_pinned() -> None:
    logging.getLogger().manager.loggerDict  # noqa: B018 - the loggers exist
    for name in ("ccxt", "ccxt.base.exchange"):
        assert logging.getLogger(name).level >= logging.WARNING

    exchange = ccxt_object.ccxt_class("kucoin")()
    assert exchange.verbose is False


def test_a_check_logs_nothing_of_the_key_at_debug(rig: "Rig", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for slug in SLUGS:
        keys = rig.tryout(slug, "good")
        for fault in (None, "503", "reset", "html_200"):
            rig.control("DELETE", "faults")
            if fault:
                rig.fault(fault, slug=slug)

            check(rig.base, slug, keys)

        assert not any(keys[name] and keys[name] in caplog.text for name in KEYS)


@pytest.mark.parametrize("module", ["exchanges.registry", "connections.check.verdict"])
def test_ccxt_is_loaded_when_an_exchange_is_asked_and_not_before(module: str) -> None:
    done = python("-c", f"import sys, {module}; sys.exit('ccxt' in sys.modules)")

    assert done.returncode == 0, done.stderr


def test_a_loop_starts_when_needed_and_again_after_its_end() -> None:
    async def say() -> int:
        return 7

    loop = ExchangeLoop()
    for _ in range(2):
        assert loop.submit(say()).result(5) == 7
        loop.close()
    loop.close()


def test_checks_of_a_process_share_one_session_per_kind_of_place() -> None:
    async def sessions() -> list[object]:
        return [LOOP.http(is_live=is_live) for is_live in (True, False, True, False)]

    live, practice, *again = LOOP.submit(sessions()).result(5)

    assert again == [live, practice]
    assert live is not practice
