"""The namespace: closed or refused, and told loudly where there is none."""

import ipaddress
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchanges import registry
from rehearsal import enclosure
from rehearsal.world import REAL_NAMES, settings

ROOT = Path(__file__).parents[2]
LO = "1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN\n"


def test_loopback_alone_leads_nowhere() -> None:
    assert enclosure.ways_out(LO, "", "") == []
    assert enclosure.ways_out(LO, "local 52.84.150.36 dev lo scope host\n", "") == []


@pytest.mark.parametrize(
    ("links", "routes"),
    [
        (LO + "2: eth0@if7: <BROADCAST> mtu 1500\n", ("", "")),
        (LO, ("default via 10.0.0.1 dev lo\n", "")),
        (LO, ("", "default dev lo metric 1024\n")),
    ],
)
def test_a_device_or_a_default_route_is_a_way_out(links: str, routes: tuple[str, str]) -> None:
    assert enclosure.ways_out(links, *routes)


def test_the_exchanges_address_looks_public_and_the_inner_one_does_not() -> None:
    assert ipaddress.ip_address(enclosure.EXCHANGE).is_global
    assert all(ipaddress.ip_address(address).is_global for address in enclosure.TRAPS)
    assert not ipaddress.ip_address(enclosure.INNER).is_global


def test_names_lead_where_they_are_told_and_localhost_stays_home(tmp_path: Path) -> None:
    names = enclosure.Names(["api.kucoin.com"], tmp_path / "hosts")
    names.lead_to("127.0.0.1", **{"elsewhere.example": "52.84.150.38"})

    assert (tmp_path / "hosts").read_text().splitlines() == [
        "127.0.0.1 localhost",
        "127.0.0.1 api.kucoin.com",
        "52.84.150.38 elsewhere.example",
    ]


def test_every_live_host_that_we_know_is_a_name_of_the_rehearsal() -> None:
    assert {host for spec in registry.BY_SLUG.values() for host in spec.hosts} <= set(REAL_NAMES)


def test_the_product_gets_the_settings_of_a_deployment_and_none_that_lead_elsewhere(tmp_path: Path) -> None:
    given = settings(tmp_path, is_postgres=True)
    documented = (ROOT / "docs" / "configuration.md").read_text()

    assert given["EMBEDDED"] == "0"
    assert given.keys().isdisjoint({"PRACTICE_URL", "EXCHANGE_URLS", "DEBUG"})
    assert [name for name in given if name.removesuffix("_FILE") not in documented] == []


def rehearse(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command where there is no program that could make a namespace."""
    made = {"EMBEDDED": "1", "BACKFUTURE_VAR": str(tmp_path), "PATH": str(tmp_path), **environment}
    command = [sys.executable, "manage.py", "rehearse", "live"]
    return subprocess.run(command, env=made, cwd=ROOT, capture_output=True, text=True, check=False)


def test_where_there_is_no_namespace_it_is_skipped_loudly(tmp_path: Path) -> None:
    done = rehearse(tmp_path)

    assert done.returncode == 77
    assert "SKIPPED" in done.stderr
    assert "unshare" in done.stderr


def test_where_it_is_required_a_skip_fails(tmp_path: Path) -> None:
    assert rehearse(tmp_path, REQUIRE_LIVE="1").returncode == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be sure of a namespace")
def test_nothing_leaves_the_namespace() -> None:
    try:
        words = enclosure.command()
    except enclosure.NoEnclosureError as told:
        pytest.skip(str(told))
    look = (
        "from rehearsal import enclosure as e; e.close(); import socket; socket.create_connection(('1.1.1.1', 443), 2)"
    )

    done = subprocess.run([*words, sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=False)

    assert "Network is unreachable" in done.stderr
