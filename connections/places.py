"""Where each exchange is reached, live and for practice: from the settings, never from a user."""

from django.conf import settings

from connections.check.facts import Policy
from connections.models import Venue
from exchanges.place import Place


def place_of(exchange: str, venue: str) -> Place:
    """Return the base URLs; EXCHANGE_URLS overrides a live exchange (tests, mirrors)."""
    base = settings.EXCHANGE_URLS.get(exchange, "")
    if venue == Venue.PRACTICE:
        base = f"{settings.PRACTICE_URL}/{exchange}" if settings.PRACTICE_URL else "http://practice.invalid"
    return Place(base=base, futures=f"{base}-futures" if base else "")


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
