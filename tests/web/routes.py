"""Every route of the URLconf, and an address of each: what a test of all routes walks through."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One pattern as the URLconf spells it, with its name ("" for a route that is only a redirect)."""

    pattern: str
    name: str

    def __str__(self) -> str:
        return self.pattern or "/"

    @property
    def is_operators(self) -> bool:
        return self.pattern.startswith("operators/")

    @property
    def takes_id(self) -> bool:
        return "public_id" in self.pattern or "object_id" in self.pattern


def _walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        spelt = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, spelt)
        else:
            yield Route(spelt, pattern.name or "")


ROUTES = tuple(dict.fromkeys(_walk(get_resolver().url_patterns, "")))

# Routes that are regular expressions, as addresses with the same parameters.
SPELT = {
    r"account/^confirm-email/(?P<key>[-:\w]+)/$": "account/confirm-email/<str:key>/",
    r"account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "account/password/reset/key/<uidb36>-<key>/",
    r"operators/^(?P<app_label>accounts|messaging|connections|strategies)/$": "operators/<app_label>/",
    r"operators/(?P<url>.*)$": "operators/<url>",
}


def address_of(route: Route, ids: dict[str, object]) -> str:
    """Return an address; `ids` gives a value for every parameter the route names. Raises KeyError for a new one."""
    return "/" + PARAMETER.sub(lambda found: str(ids[found[1]]), SPELT.get(route.pattern, route.pattern))


def room_of(route: Route) -> str:
    """Return the model or room that the id in an address belongs to: "connection", "bot", "user"."""
    parts = route.pattern.split("/")
    return parts[2] if route.is_operators and len(parts) > 3 else parts[0].removesuffix("s")
