"""What the tests of the practice exchange share: a plain HTTP caller, signers from the fact files, ccxt instances."""

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import ccxt
import ccxt.async_support

from practice.dialects import BY_SLUG

Credentials = dict[str, str]


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


def words(text: str) -> set[str]:
    """Return what a row is made of, written as plain words."""
    return set(text.split())


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Rig:
    base: str

    def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", timeout: float = 5
    ) -> Reply:
        """Make one request and return the answer as it is: no redirects followed, nothing unpacked."""
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=timeout)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def control(self, method: str, what: str, /, **data: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        reply = self.send(method, f"/_control/{what}", headers, json.dumps(data).encode() if data else b"")
        assert reply.status == 200, reply.body
        return reply.json

    def fault(self, kind: str, /, **data: Any) -> Any:
        return self.control("POST", "faults", kind=kind, **data)

    def new_key(self, slug: str, **data: Any) -> Any:
        return self.control("POST", "keys", slug=slug, **data)

    def new_account(self, slug: str, kind: str = "", **data: Any) -> Any:
        """Make an account, of a kind where the exchange has several."""
        traits = {"traits": BY_SLUG[slug].case_traits[kind]} if kind else {}
        return self.control("POST", "accounts", slug=slug, **traits, **data)

    def tryout(self, slug: str, case: str) -> Any:
        return self.send("GET", "/keys.json").json[slug][case]

    def ask(self, slug: str, keys: Credentials, method: str, path: str, **signing: Any) -> Reply:
        """Send one signed request the way the exchange's documents say, not the way our client does it."""
        return SIGNERS[slug](self, keys, method, path, **signing)


# What reads and what trades on accounts of another kind.
KINDS = {"bitget unified": {"read": ["uta_mgt"], "trade": ["uta_trade"]}}


def rights_of(slug: str, kind: str, grants: list[str]) -> dict[str, list[str]]:
    """Return what a new key is given, in the words of its kind of account."""
    if not kind:
        return {"grants": grants}
    return {"rights": [word for grant in grants for word in KINDS[f"{slug} {kind}"][grant]]}


def sign_hex(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def sign_base64(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def ask_mexc(rig: Rig, keys: Credentials, method: str, path: str, *, at: int | None = None, **params: Any) -> Reply:
    now = at or milliseconds()
    if path.startswith("/api/v1/private"):
        query = urlencode(sorted(params.items()))
        signature = sign_hex(keys["secret"], f"{keys['api_key']}{now}{query}")
        headers = {"ApiKey": keys["api_key"], "Request-Time": str(now), "Signature": signature}
        return rig.send(method, f"/mexc{path}" + (f"?{query}" if query else ""), headers)
    query = urlencode({**params, "timestamp": now})
    target = f"/mexc{path}?{query}&signature={sign_hex(keys['secret'], query)}"
    return rig.send(method, target, {"X-MEXC-APIKEY": keys["api_key"]})


def ask_kucoin(
    rig: Rig,
    keys: Credentials,
    method: str,
    path: str,
    *,
    at: int | None = None,
    version: str = "3",
    host: str = "kucoin",
    body: Any = None,
) -> Reply:
    now, text = str(at or milliseconds()), json.dumps(body) if body is not None else ""
    headers = {
        "KC-API-KEY": keys["api_key"],
        "KC-API-SIGN": sign_base64(keys["secret"], f"{now}{method}{path}{text}"),
        "KC-API-TIMESTAMP": now,
        "KC-API-PASSPHRASE": sign_base64(keys["secret"], keys["passphrase"]),
        "KC-API-KEY-VERSION": version,
        "Content-Type": "application/json",
    }
    return rig.send(method, f"/{host}{path}", headers, text.encode())


SIGNERS: dict[str, Callable[..., Reply]] = {"mexc": ask_mexc, "kucoin": ask_kucoin}


def mexc_urls(base: str) -> dict[str, Any]:
    spot, spot2 = f"{base}/mexc", f"{base}/mexc/open/api/v2"
    return {
        "spot": {"public": spot, "private": spot},
        "spot2": {"public": spot2, "private": spot2},
        "contract": {"public": f"{spot}/api/v1/contract", "private": f"{spot}/api/v1/private"},
        "broker": {"private": f"{spot}/api/v3/broker"},
    }


def kucoin_urls(base: str) -> dict[str, Any]:
    spot, futures = f"{base}/kucoin", f"{base}/kucoin-futures"
    names = ("public", "private", "earn", "uta", "utaV2", "utaPrivate", "webExchange", "broker")
    return {**dict.fromkeys(names, spot), "futuresPublic": futures, "futuresPrivate": futures}


def okx_urls(base: str) -> dict[str, Any]:
    return {"rest": f"{base}/okx"}


def bitget_urls(base: str) -> dict[str, Any]:
    names = ("spot", "mix", "user", "p2p", "broker", "margin", "common", "tax", "convert", "copy", "earn", "uta")
    return dict.fromkeys(names, f"{base}/bitget")


def htx_urls(base: str) -> dict[str, Any]:
    names = ("status", "spot", "public", "private", "v2Public", "v2Private")
    return {**dict.fromkeys(names, f"{base}/htx"), "contract": f"{base}/htx-futures"}


def gate_urls(base: str) -> dict[str, Any]:
    public = ("wallet", "futures", "margin", "delivery", "spot", "options", "sub_accounts", "earn")
    private = (*public, "withdrawals", "subAccounts", "unified", "rebate", "account", "loan", "otc")
    return {
        kind: dict.fromkeys(names, f"{base}/gate/api/v4") for kind, names in (("public", public), ("private", private))
    }


def coinbase_urls(base: str) -> dict[str, Any]:
    return {"rest": f"{base}/coinbase"}


def binance_urls(base: str) -> dict[str, Any]:
    names = ccxt.binance().urls["api"]
    hosts = {"api": f"{base}/binance", "futures": f"{base}/binance-futures"}
    return {
        name: hosts["api" if urlsplit(url).netloc == "api.binance.com" else "futures"] + urlsplit(url).path
        for name, url in names.items()
    }


def bingx_urls(base: str) -> dict[str, Any]:
    names = (
        "fund",
        "spot",
        "swap",
        "contract",
        "wallets",
        "user",
        "subAccount",
        "account",
        "copyTrading",
        "cswap",
        "api",
    )
    return dict.fromkeys(names, f"{base}/bingx/openApi")


def bybit_urls(base: str) -> dict[str, Any]:
    return dict.fromkeys(("spot", "futures", "v2", "public", "private"), f"{base}/bybit")


URLS: dict[str, Any] = {
    "mexc": mexc_urls,
    "kucoin": kucoin_urls,
    "binance": binance_urls,
    "okx": okx_urls,
    "bitget": bitget_urls,
    "gate": gate_urls,
    "htx": htx_urls,
    "bingx": bingx_urls,
    "coinbase": coinbase_urls,
    "bybit": bybit_urls,
}


def make_ccxt(
    rig: Rig, slug: str, keys: Credentials | None = None, *, kind: str = "spot", is_async: bool = False
) -> Any:
    """Return a plain ccxt instance of which only the base URL was changed."""
    library = ccxt.async_support if is_async else ccxt
    options: dict[str, Any] = {"enableRateLimit": False, "options": {"defaultType": kind}}
    if keys:
        options |= {"apiKey": keys["api_key"], "secret": keys["secret"], "password": keys["passphrase"]}
    exchange = getattr(library, slug)(options)
    exchange.urls["api"] = URLS[slug](rig.base)
    return exchange
