"""What a stranger is told of the practice exchange: an address and keys. The rest is the control's."""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from typing import Any

from strangers.shapes import Keys, Stranger

PRICE = Decimal(50_000)
DEPTH = Decimal(1000)
MONEY = {"BTC": "0.5"}
QUOTE_MONEY = "10000"
NOT_OURS = "203.0.113.7"
CERTIFIED = "localhost"


class Scene:
    """One exchange of the practice server at `root`, as one row of the table needs it."""

    def __init__(self, root: str, stranger: type[Stranger]) -> None:
        self.root, self.slug, self.stranger = root, stranger.slug, stranger
        self._made: list[Stranger] = []

    @cached_property
    def address(self) -> str:
        """Return where this exchange alone answers: some SDKs sign host or path, so it has neither prefix nor name."""
        places = self.ask("GET", "/addresses.json")[self.slug]["spot"]
        # The certificate is for a name.
        return str(places["https"]).replace("127.0.0.1", CERTIFIED) if self.stranger.wants_tls else str(places["http"])

    def ask(self, method: str, path: str, **data: Any) -> Any:
        body = json.dumps(data).encode() if data else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.root}{path}", body, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own address
            return json.load(response)

    def pin(self, price: Decimal = PRICE, depth: Decimal = DEPTH) -> None:
        """Hold the price, with so many coins at each level of the book."""
        pair = f"{self.stranger.base}/{self.stranger.quote}"
        self.ask("POST", "/_control/price", pair=pair, price=str(price), liquidity=str(depth))

    def new_keys(self, *grants: str, **more: Any) -> Keys:
        """Return a key of its own on an account of its own, with money."""
        spot, kind = {**MONEY, self.stranger.quote: QUOTE_MONEY}, self.stranger.traits
        of_a_kind = {"traits": kind} if kind else {}
        account = self.ask("POST", "/_control/accounts", slug=self.slug, balances={"spot": spot}, **of_a_kind)
        rights = self._rights(grants or ("read", "trade"))
        made = self.ask("POST", "/_control/keys", slug=self.slug, account=account["id"], **rights, **more)
        return Keys(made["api_key"], made["secret"], made["passphrase"])

    def _rights(self, grants: tuple[str, ...]) -> dict[str, Any]:
        """Return the rights in the words of the account's kind, where it has words of its own."""
        words = self.stranger.words
        return {"rights": words[" ".join(grants)]} if words else {"grants": grants}

    def deleted_keys(self) -> Keys:
        keys = self.new_keys()
        self.ask("PATCH", f"/_control/keys/{self.slug}/{keys.api_key}", state="deleted")
        return keys

    def trader(self, keys: Keys | None = None) -> Stranger:
        """Return the SDK with these keys, with new ones where none are given; it is closed with the row."""
        made = self.stranger(self.address, keys or self.new_keys())
        self._made.append(made)
        return made

    @contextmanager
    def clock(self, keys: Keys, ms: int) -> Iterator[None]:
        """Let the exchange's clock be off by `ms` for what this key signs."""
        fault = self.ask("POST", "/_control/faults", kind="clock", slug=self.slug, api_key=keys.api_key, ms=ms)
        try:
            yield
        finally:
            self.ask("DELETE", f"/_control/faults?id={fault['id']}")

    def close(self) -> None:
        while self._made:
            self._made.pop().close()


def now() -> int:
    return time.time_ns() // 1_000_000
