"""What ccxt must know of an account before it can ask, told once per key and kept without the key."""

import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any

from exchanges.errors import ExchangeError
from exchanges.values import Credentials
from exchanges.ways import Preface
from exchanges.wire.ask import ask, read
from exchanges.wire.ccxt_object import Lender

KEPT_SECONDS = 3_600
MOST_KEPT = 10_000


class Accounts:
    def __init__(self, lender: Lender) -> None:
        self._lender = lender
        self._salt = secrets.token_bytes(16)
        self._kept: dict[bytes, tuple[float, Mapping[str, Any]]] = {}

    async def known(self, credentials: Credentials) -> Mapping[str, Any]:
        """Return it, asking at most once an hour; raise ExchangeError when the exchange does not tell."""
        preface = self._lender.spec.trading.preface
        if preface is None:
            return {}
        name = self._name(credentials)
        since, found = self._kept.get(name, (float("-inf"), {}))
        if time.monotonic() - since > KEPT_SECONDS:
            found = await self._told(preface, credentials)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[name] = (time.monotonic(), found)
        return found

    def forget(self, credentials: Credentials) -> None:
        """Ask anew next time: the exchange has said that what we know is not so any more."""
        self._kept.pop(self._name(credentials), None)

    def _name(self, credentials: Credentials) -> bytes:
        return hmac.digest(self._salt, credentials.api_key.encode(errors="replace"), "sha256")

    async def _told(self, preface: Preface, credentials: Credentials) -> Mapping[str, Any]:
        reply = await ask(self._lender, lambda ccxt: getattr(ccxt, preface.method)(), credentials)
        trouble = reply.trouble()
        if trouble and trouble.code not in preface.codes:
            raise ExchangeError(trouble)
        return read(lambda: preface.read(reply.last and reply.last.json))
