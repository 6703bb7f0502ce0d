"""What was asked lately, without secrets: so that tests can count requests."""

from collections import deque
from typing import Any

from practice.http.wire import Call


class Traffic:
    def __init__(self, most: int = 20_000) -> None:
        self.rows: deque[dict[str, Any]] = deque(maxlen=most)
        self.seen = 0

    def note(self, slug: str, call: Call, api_key: str | None) -> dict[str, Any]:
        """Record a call and return its row, into which the server writes how it ended."""
        self.seen += 1
        row = {"n": self.seen, "at": call.now, "slug": slug, "host": call.host, "method": call.method}
        row |= {"name": call.netloc, "path": call.path, "key": (api_key or "")[-4:], "status": None, "fault": None}
        self.rows.append(row)
        return row

    def find(self, **wanted: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if all(str(row.get(name)) == value for name, value in wanted.items())]

    def reset(self) -> None:
        self.rows.clear()
