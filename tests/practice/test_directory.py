"""Each exchange answers by its real host names, by names of this machine, by a port of its own, and by path."""

import hashlib
import hmac
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from practice.dialects import ALL
from practice.http.serving import Places, open_doors
from rehearsal.authority import Authority
from tests.practice.programs import Process, free_port
from tests.practice.rig import Reply, Rig, milliseconds, sign_base64
from tests.practice.test_coinbase import token

SLUGS = [dialect.slug for dialect in ALL]
TIMES = {
    "mexc": "/api/v3/time",
    "kucoin": "/api/v1/timestamp",
    "binance": "/api/v3/time",
    "okx": "/api/v5/public/time",
    "bitget": "/api/v2/public/time",
    "gate": "/api/v4/spot/time",
    "htx": "/v1/common/timestamp",
    "bingx": "/openApi/swap/v2/server/time",
    "coinbase": "/api/v3/brokerage/time",
    "bybit": "/v5/market/time",
}
HOSTS = [(dialect.slug, host) for dialect in ALL for host in dialect.hosts["spot"]]
FUTURES = {
    "kucoin": ("api-futures.kucoin.com", "/api/v1/contracts/active"),
    "binance": ("fapi.binance.com", "/fapi/v1/time"),
    "htx": ("api.hbdm.vn", "/linear-swap-api/v1/swap_contract_info"),
    "mexc": ("contract.mexc.com", "/api/v1/contract/ping"),
}


def test_no_two_exchanges_claim_one_host() -> None:
    hosts = [host for dialect in ALL for some in dialect.hosts.values() for host in some]

    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize(("slug", "host"), [*HOSTS, *((slug, f"{slug}.localhost") for slug in SLUGS)])
def test_it_answers_by_host_name(rig: Rig, slug: str, host: str) -> None:
    for named in (host, host.upper(), f"{host}:8100"):
        assert rig.send("GET", TIMES[slug], {"Host": named}).status == 200
    assert {(row["slug"], row["host"]) for row in rig.control("GET", "requests")["requests"]} == {(slug, "spot")}


@pytest.mark.parametrize("slug", FUTURES)
def test_futures_answer_by_host_names_of_their_own(rig: Rig, slug: str) -> None:
    real, path = FUTURES[slug]

    for host in (real, f"{slug}-futures.localhost"):
        assert rig.send("GET", path, {"Host": host}).status == 200
    assert {row["host"] for row in rig.control("GET", "requests")["requests"]} == {"futures"}


@pytest.mark.parametrize("path", ["/", "/healthz", "/keys.json", "/_control/faults", "/kucoin/api/v1/timestamp"])
def test_our_own_pages_are_not_at_an_exchanges_name(rig: Rig, path: str) -> None:
    assert rig.send("GET", path, {"Host": "api.kucoin.com"}).json["code"] == "404000"


def test_other_names_see_the_page_of_keys(rig: Rig) -> None:
    for host in ("practice.example", "api.kucoin.com.evil.example", "localhost", "nobody.localhost"):
        assert rig.send("GET", "/keys.json", {"Host": host}).status == 200


# --- what signs host or path verifies at every address, and only as it was signed


def ask_htx(rig: Rig, keys: Any, *, at: str, host: str, path: str, named: str = "") -> Reply:
    moment = datetime.fromtimestamp(milliseconds() / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    signing = {"AccessKeyId": keys["api_key"], "SignatureMethod": "HmacSHA256", "SignatureVersion": "2"}
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in {**signing, "Timestamp": moment}.items())
    signature = quote(sign_base64(keys["secret"], f"GET\n{host}\n{path}\n{query}"), safe="")
    return rig.send("GET", f"{at}?{query}&Signature={signature}", {"Host": named} if named else {})


def ask_gate(rig: Rig, keys: Any, *, at: str, path: str, named: str = "") -> Reply:
    now = str(milliseconds() // 1000)
    text = "\n".join(("GET", path, "", hashlib.sha512(b"").hexdigest(), now))
    signature = hmac.new(keys["secret"].encode(), text.encode(), hashlib.sha512).hexdigest()
    headers = {"KEY": keys["api_key"], "Timestamp": now, "SIGN": signature}
    return rig.send("GET", at, {**headers, "Host": named} if named else headers)


def ask_coinbase(rig: Rig, keys: Any, *, at: str, signed: str, named: str = "") -> Reply:
    headers = {"Authorization": f"Bearer {token(keys, f'GET {signed}')}"}
    return rig.send("GET", at, {**headers, "Host": named} if named else headers)


UID, ACCOUNTS, BALANCES = "/v2/user/uid", "/api/v4/spot/accounts", "/api/v3/brokerage/accounts"


def test_htx_verifies_the_host_that_was_asked(rig: Rig) -> None:
    keys, here = rig.tryout("htx", "good"), urlsplit(rig.base).netloc

    good = [
        ask_htx(rig, keys, at=UID, path=UID, host="api.huobi.pro", named="api.huobi.pro"),
        ask_htx(rig, keys, at=UID, path=UID, host="api.htx.com", named="api.htx.com:443"),
        ask_htx(rig, keys, at=UID, path=UID, host="htx.localhost", named="htx.localhost:8100"),
        ask_htx(rig, keys, at=UID, path=UID, host="api.huobi.pro", named="htx.localhost"),
        ask_htx(rig, keys, at=f"/htx{UID}", path=f"/htx{UID}", host=here),
        ask_htx(rig, keys, at=f"/htx{UID}", path=UID, host=here.partition(":")[0]),
    ]
    bad = [
        ask_htx(rig, keys, at=UID, path=UID, host="api-aws.huobi.pro", named="api.huobi.pro"),
        ask_htx(rig, keys, at=UID, path=f"/htx{UID}", host="api.huobi.pro", named="api.huobi.pro"),
        ask_htx(rig, keys, at=f"/htx{UID}", path=UID, host="evil.example"),
    ]

    assert [reply.json.get("code") for reply in good] == [200] * len(good)
    assert [reply.json["err-code"] for reply in bad] == ["api-signature-not-valid"] * len(bad)


def test_gate_verifies_the_path_that_was_asked(rig: Rig) -> None:
    keys = rig.tryout("gate", "good")

    good = [
        ask_gate(rig, keys, at=ACCOUNTS, path=ACCOUNTS, named="api.gateio.ws"),
        ask_gate(rig, keys, at=ACCOUNTS, path=ACCOUNTS, named="gate.localhost:8100"),
        ask_gate(rig, keys, at=f"/gate{ACCOUNTS}", path=ACCOUNTS),
        ask_gate(rig, keys, at=f"/gate{ACCOUNTS}", path=f"/gate{ACCOUNTS}"),
    ]
    bad = ask_gate(rig, keys, at=ACCOUNTS, path=f"/gate{ACCOUNTS}", named="api.gateio.ws")

    assert [reply.status for reply in good] == [200] * len(good)
    assert bad.json["label"] == "INVALID_SIGNATURE"


def test_coinbase_verifies_the_host_that_was_asked(rig: Rig) -> None:
    keys, real, here = rig.tryout("coinbase", "good"), "api.coinbase.com", urlsplit(rig.base).netloc

    good = [
        ask_coinbase(rig, keys, at=BALANCES, signed=f"{real}{BALANCES}", named=real),
        ask_coinbase(rig, keys, at=BALANCES, signed=f"{real}{BALANCES}", named=f"{real}:443"),
        ask_coinbase(rig, keys, at=BALANCES, signed=f"{real}{BALANCES}", named="coinbase.localhost"),
        ask_coinbase(rig, keys, at=BALANCES, signed=f"coinbase.localhost{BALANCES}", named="coinbase.localhost"),
        ask_coinbase(rig, keys, at=f"/coinbase{BALANCES}", signed=f"{here}/coinbase{BALANCES}"),
        ask_coinbase(rig, keys, at=f"/coinbase{BALANCES}", signed=f"http://{here}/coinbase{BALANCES}"),
        ask_coinbase(rig, keys, at=f"/coinbase{BALANCES}", signed=f"{real}{BALANCES}"),
    ]
    bad = [
        ask_coinbase(rig, keys, at=BALANCES, signed=f"evil.example{BALANCES}", named=real),
        ask_coinbase(rig, keys, at=BALANCES, signed=f"http://{real}{BALANCES}", named=real),
        ask_coinbase(rig, keys, at=BALANCES, signed=f"{real}/coinbase{BALANCES}", named=real),
    ]

    assert [reply.status for reply in good] == [200] * len(good)
    assert [reply.status for reply in bad] == [401] * len(bad)


# --- ports


@pytest.fixture
def program() -> Iterator[Process]:
    program = Process(":memory:")
    yield program
    program.kill()


def test_each_exchange_has_a_port_of_its_own(program: Process) -> None:
    rig = program.start("--own-ports", "0")
    told = rig.send("GET", "/addresses.json").json

    assert list(told) == SLUGS
    for slug, sides in told.items():
        own = Rig(sides["spot"]["http"])
        assert own.send("GET", TIMES[slug]).status == 200
        assert b"api_key" not in own.send("GET", "/keys.json").body
        assert ("futures" in sides) == (slug in FUTURES)
        if slug in FUTURES:
            assert Rig(sides["futures"]["http"]).send("GET", FUTURES[slug][1]).status == 200
    assert told["kucoin"]["futures"]["names"] == ["api-futures.kucoin.com", "kucoin-futures.localhost"]


def test_what_signs_host_or_path_verifies_on_its_own_port(program: Process) -> None:
    rig = program.start("--own-ports", "0")
    told = rig.send("GET", "/addresses.json").json
    keys = {slug: rig.tryout(slug, "good") for slug in ("htx", "gate", "coinbase")}
    rigs = {slug: Rig(told[slug]["spot"]["http"]) for slug in keys}
    here = {slug: urlsplit(own.base).netloc for slug, own in rigs.items()}

    assert ask_htx(rigs["htx"], keys["htx"], at=UID, path=UID, host=here["htx"]).json["code"] == 200
    assert ask_gate(rigs["gate"], keys["gate"], at=ACCOUNTS, path=ACCOUNTS).status == 200
    signed = f"{here['coinbase']}{BALANCES}"
    assert ask_coinbase(rigs["coinbase"], keys["coinbase"], at=BALANCES, signed=signed).status == 200


def test_ports_of_its_own_come_in_a_row(program: Process) -> None:
    first = free_row(16)
    told = program.start("--own-ports", str(first)).send("GET", "/addresses.json").json

    ports = [urlsplit(side["http"]).port for sides in told.values() for side in sides.values()]
    assert ports == list(range(first, first + len(ports)))


def free_row(count: int) -> int:
    """Return the first of so many free ports in a row."""
    while True:
        first = free_port()
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except (OSError, OverflowError):
            continue
        return first


# --- TLS


def test_it_answers_over_tls_by_name_and_by_port(program: Process, tmp_path: Path) -> None:
    authority = Authority("Test authority")
    trusted = authority.write(tmp_path / "ca.pem")
    chain, key = authority.vouch(["api.kucoin.com", "localhost"], tmp_path, "host")
    port = free_port()
    files = ("--tls-cert", str(chain), "--tls-key", str(key))
    rig = program.start("--tls-bind", f"127.0.0.1:{port}", "--own-tls-ports", "0", *files)
    own = urlsplit(rig.send("GET", "/addresses.json").json["kucoin"]["spot"]["https"]).port

    assert b'"code":"200000"' in over_tls(port, "api.kucoin.com", trusted)
    assert b'"code":"200000"' in over_tls(own, "localhost", trusted)
    with pytest.raises(ssl.SSLCertVerificationError):
        over_tls(port, "api.binance.com", trusted)


def over_tls(port: int | None, name: str, trusted: Path) -> bytes:
    context = ssl.create_default_context(cafile=str(trusted))
    with (
        socket.create_connection(("127.0.0.1", port or 0), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        secure.sendall(f"GET /api/v1/timestamp HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: secure.recv(65536), b""))


def test_tls_without_a_certificate_is_refused() -> None:
    with pytest.raises(SystemExit, match="--tls-cert"):
        open_doors(Places(host="127.0.0.1", port=0, tls=("127.0.0.1", 0)), [])
