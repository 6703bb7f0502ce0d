"""What is asked of the list of bots: words, a state, an order, a page; what is not known is as usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from strategies.choices import BotState

SIZES = (25, 50, 100)
WINDING_DOWN, LEFT_ALONE = "winding_down", "left_alone"
STATES = (
    ("", _("All")),
    (BotState.ENABLED, _("Enabled")),
    (WINDING_DOWN, _("Winding down")),
    (BotState.HALTED, _("Halted")),
    (BotState.OFF, _("Off")),
    (LEFT_ALONE, _("Groups left alone")),
)
# The columns that can be sorted by; "" is what needs its trader first.
COLUMNS = ("name", "connection", "groups", "open", "realised")
MOST_WORDS = 100


@dataclass(frozen=True, kw_only=True)
class BotQuery:
    """`sort` is a column, with "-" before it the other way round."""

    words: str = ""
    state: str = ""
    sort: str = ""
    size: int = SIZES[0]
    page: str = ""

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def is_filtered(self) -> bool:
        return bool(self.words or self.state)

    @property
    def kept(self) -> str:
        """Return it as the part of an address that a trader comes back to: all but the page."""
        known = {"q": self.words, "state": self.state, "sort": self.sort}
        size = {} if self.size == SIZES[0] else {"size": self.size}
        return urlencode({name: value for name, value in known.items() if value} | size)


def read(given: Mapping[str, str]) -> BotQuery:
    state, sort, size = given.get("state", ""), given.get("sort", ""), given.get("size", "")
    return BotQuery(
        words=given.get("q", "").strip()[:MOST_WORDS],
        state=state if state in dict(STATES) else "",
        sort=sort if sort.removeprefix("-") in COLUMNS else "",
        size=next((one for one in SIZES if str(one) == size), SIZES[0]),
        page=given.get("page", ""),
    )
