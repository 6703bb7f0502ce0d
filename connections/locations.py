"""Where each exchange is reached, live and for practice: from the settings, never from a user."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

from connections.check.facts import Policy
from connections.models import Venue
from exchanges import registry
from exchanges.location import Location

# A name that never resolves: practice must not mean a live exchange where no practice exchange is configured.
NO_PRACTICE = "http://practice.invalid"


def location_of(exchange: str, venue: str) -> Location:
    """Return the base URLs; EXCHANGE_URLS overrides a live exchange or one of its sites (tests, mirrors).

    The practice exchange imitates exchanges, not their sites, and has the futures of one at an address of their own; it
    is ours, and may be asked as often as it takes.
    """
    if venue == Venue.PRACTICE:
        base = f"{settings.PRACTICE_URL or NO_PRACTICE}/{registry.get(exchange).family}"
        return Location(base=base, futures=f"{base}-futures")
    base = settings.EXCHANGE_URLS.get(exchange, "")
    futures = settings.EXCHANGE_URLS.get(f"{exchange}-futures", "") or _beside(base)
    return Location(base=base, futures=futures, ip_version=_ip_version(settings.SERVER_IPS), egress=settings.EGRESS)


def _ip_version(ours: Iterable[str]) -> int | None:
    """Return the one kind of address that traders were given for their keys' IP lists, None for both or neither.

    A server with both kinds would else ask from the one that is on no list.
    """
    versions = {ipaddress.ip_network(one, strict=False).version for one in ours}
    return versions.pop() if len(versions) == 1 else None


def _beside(base: str) -> str:
    """Return where the futures are of which nothing is said: beside a path, else at the same address."""
    return f"{base}-futures" if urlsplit(base).path.strip("/") else base


def our_ips(venue: str) -> tuple[str, ...]:
    return settings.PRACTICE_SERVER_IPS if venue == Venue.PRACTICE else settings.SERVER_IPS


def policy_of(
    exchange: str, venue: str, *, expected_account: str | None = None, is_replacement: bool = False
) -> Policy:
    return Policy(
        our_ips=our_ips(venue),
        require_ip_list=exchange in settings.REQUIRE_IP_LIST,
        refuse_transfer=settings.REFUSE_TRANSFER_RIGHTS,
        expected_account=expected_account,
        is_replacement=is_replacement,
    )
