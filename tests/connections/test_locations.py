import pytest
from pytest_django import Settings

from connections import locations
from connections.models import Venue
from exchanges.location import Location


def test_a_live_exchange_is_reached_at_its_own_hosts() -> None:
    assert locations.location_of("kucoin", Venue.LIVE) == Location(egress="ours")


def test_an_address_from_the_settings_takes_the_place_of_a_live_exchange(settings: Settings) -> None:
    settings.EXCHANGE_URLS = {"kucoin": "http://127.0.0.1:9/kucoin"}

    location = locations.location_of("kucoin", Venue.LIVE)

    assert (location.base, location.futures) == ("http://127.0.0.1:9/kucoin", "http://127.0.0.1:9/kucoin-futures")
    assert locations.location_of("mexc", Venue.LIVE).is_live


@pytest.mark.parametrize(
    ("urls", "base", "futures"),
    [
        ({"mexc": "http://127.0.0.1:9"}, "http://127.0.0.1:9", "http://127.0.0.1:9"),
        ({"mexc": "http://127.0.0.1:9/x"}, "http://127.0.0.1:9/x", "http://127.0.0.1:9/x-futures"),
        ({"mexc": "http://127.0.0.1:9", "mexc-futures": "http://b:8"}, "http://127.0.0.1:9", "http://b:8"),
        ({"mexc-futures": "http://b:8"}, "", "http://b:8"),
    ],
)
def test_the_futures_address_is_said_for_itself(
    settings: Settings, urls: dict[str, str], base: str, futures: str
) -> None:
    settings.EXCHANGE_URLS = urls

    assert locations.location_of("mexc", Venue.LIVE) == Location(base=base, futures=futures, egress="ours")


@pytest.mark.parametrize(
    ("ours", "version"),
    [
        ((), None),
        (("192.0.2.10", "192.0.2.11"), 4),
        (("2001:db8::1",), 6),
        (("192.0.2.10", "2001:db8::1"), None),
        (("192.0.2.0/28",), 4),
    ],
)
def test_a_live_exchange_is_asked_over_the_kind_of_address_that_its_keys_list(
    settings: Settings, ours: tuple[str, ...], version: int | None
) -> None:
    settings.SERVER_IPS = ours

    assert locations.location_of("kucoin", Venue.LIVE).ip_version == version
    assert locations.location_of("kucoin", Venue.PRACTICE).ip_version is None


def test_a_site_has_an_address_of_its_own_and_practises_as_its_exchange(settings: Settings) -> None:
    settings.EXCHANGE_URLS, settings.PRACTICE_URL = {"okx-eea": "http://127.0.0.1:9"}, "http://127.0.0.1:8100"

    assert locations.location_of("okx", Venue.LIVE).is_live
    assert locations.location_of("okx-eea", Venue.LIVE).base == "http://127.0.0.1:9"
    assert locations.location_of("okx-eea", Venue.PRACTICE).base == "http://127.0.0.1:8100/okx"


def test_practice_never_means_a_live_exchange(settings: Settings) -> None:
    for url in ("http://127.0.0.1:8100", ""):
        settings.PRACTICE_URL = url

        location = locations.location_of("kucoin", Venue.PRACTICE)

        assert not location.is_live
        assert location.base.startswith(url or "http://practice.invalid")


def test_the_policy_comes_from_the_settings_and_the_venue(settings: Settings) -> None:
    settings.SERVER_IPS, settings.PRACTICE_SERVER_IPS = ("192.0.2.10",), ("127.0.0.1",)
    settings.REQUIRE_IP_LIST, settings.REFUSE_TRANSFER_RIGHTS = frozenset({"mexc"}), True

    live, practice = locations.policy_of("mexc", Venue.LIVE), locations.policy_of("kucoin", Venue.PRACTICE)

    assert (live.our_ips, live.require_ip_list, live.refuse_transfer) == (("192.0.2.10",), True, True)
    assert (practice.our_ips, practice.require_ip_list) == (("127.0.0.1",), False)


def test_only_a_live_exchange_counts_what_comes_from_our_address(settings: Settings) -> None:
    settings.EGRESS = "second"

    assert locations.location_of("mexc", Venue.LIVE).egress == "second"
    assert locations.location_of("mexc", Venue.PRACTICE).egress == ""
