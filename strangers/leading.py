"""Print where ccxt shall find an exchange's parts: its own addresses, led to the practice exchange by host name.

Runs in freqtrade's environment: python -m strangers.leading SLUG ROOT.
"""

import json
import sys
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import ccxt


def led(urls: Any, hostnames: Mapping[str, str], places: Mapping[str, str], part: str = "") -> Any:
    """Return the same tree of addresses with the practice exchange's host in each; unknown hosts go to spot."""
    if isinstance(urls, dict):
        return {name: led(inner, hostnames, places, name) for name, inner in urls.items()}
    parts = urlsplit(urls.replace("{hostname}", hostnames.get(part, hostnames[""])))
    return places.get(parts.netloc, places[""]) + parts.path


def main(slug: str, root: str) -> None:
    with urllib.request.urlopen(f"{root}/addresses.json") as answer:  # noqa: S310 - our own loopback server
        sides = json.load(answer)[slug]
    places = {"": sides["spot"]["http"]} | {name: side["http"] for side in sides.values() for name in side["names"]}
    exchange = getattr(ccxt, slug)()
    # Most have one host name for all parts, HTX one for each.
    hostnames = {"": exchange.hostname or "", **exchange.urls.get("hostnames", {})}
    json.dump(led(exchange.urls["api"], hostnames, places), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
