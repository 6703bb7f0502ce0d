"""The practice exchange's other side, as a rehearsal uses it."""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Control:
    """`base` is where the practice exchange answers on loopback."""

    base: str

    def __call__(self, method: str, what: str, /, **data: Any) -> Any:
        """Ask, and raise OSError while it is being started."""
        return self._ask(method, f"/_control/{what}", json.dumps(data).encode() if data else None)

    def tryouts(self) -> Any:
        """Return the try-out keys by exchange and case."""
        return self._ask("GET", "/keys.json", None)

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.base}{path}", body, headers, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)
