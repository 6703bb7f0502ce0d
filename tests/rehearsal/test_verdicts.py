"""What each key and each failure must lead to, so that the rehearsal itself can fail."""

from typing import Any

import pytest

from rehearsal import failures, keys, kills
from rehearsal.enclosure import EXCHANGE, INNER, TRAPS
from rehearsal.failures import FAILURES, Failure
from rehearsal.keys import CASES, KeyOutcome, has, judged, keys_of
from rehearsal.table import Table, TableCell

ONLINE = KeyOutcome("online", ())
AWAY = KeyOutcome("error", ("reach.unavailable",))


def refused(*codes: str) -> KeyOutcome:
    return KeyOutcome("error", codes)


@pytest.mark.parametrize(
    ("slug", "case", "outcome", "is_right"),
    [
        ("kucoin", "good", ONLINE, True),
        ("kucoin", "good", AWAY, False),
        ("kucoin", "good", KeyOutcome("online", ("reach.rate_limited",)), False),
        ("kucoin", "good", KeyOutcome("untested", ()), False),
        ("kucoin", "futures", ONLINE, True),
        ("kucoin", "withdraw", refused("right.withdraw"), True),
        ("kucoin", "withdraw", ONLINE, False),
        ("kucoin", "withdraw", refused("right.unproven"), False),
        ("kucoin", "withdraw", KeyOutcome("online", ("right.withdraw",)), False),
        ("kucoin", "wrong_ip", refused("ip.not_allowed"), True),
        ("kucoin", "wrong_ip", refused("key.invalid"), False),
        ("coinbase", "wrong_ip", refused("key.invalid"), True),
        ("kucoin", "unknown", refused("key.invalid"), True),
        ("kucoin", "unknown", AWAY, False),
        ("kucoin", "unknown", refused(), False),
    ],
)
def test_a_key_is_judged_by_status_and_decisive_code(slug: str, case: str, outcome: KeyOutcome, is_right: bool) -> None:
    assert judged(slug, case, outcome).is_ok is is_right


def test_an_unknown_key_has_the_right_form_and_is_always_the_same() -> None:
    first, second = (keys_of("kucoin", "unknown", {}) for _ in range(2))

    assert first == second
    assert first.keys() == {"api_key", "secret", "passphrase"}
    assert keys_of("binance", "unknown", {}).keys() == {"api_key", "secret"}


def test_only_what_an_exchange_has_is_expected_of_it() -> None:
    assert [case for case in CASES if not has("coinbase", case)] == ["futures", "sites"]
    assert all(has("okx", case) for case in CASES)


# --- failures

EXPIRED, REDIRECT, INWARD = (
    next(one for one in FAILURES if one.name.startswith(name))
    for name in ("expired", "redirect", f"name leads to {INNER}")
)
SLUGS = ("kucoin", "okx")


def verdict(failure: Failure, outcome: KeyOutcome = AWAY, **changes: Any) -> dict[str, bool]:
    seen = {"tried": 0 if failure is INWARD else 4, "heard": 0, "met": 0 if failure is REDIRECT else 4, **changes}
    cells = failures.judged(failure, {"kucoin": outcome, "okx": AWAY}, SLUGS, **seen)
    return {column: cell.is_ok for column, cell in cells.items()}


@pytest.mark.parametrize("failure", [EXPIRED, REDIRECT, INWARD])
def test_a_failure_that_ends_as_trouble_and_lets_nothing_out_is_as_it_must_be(failure: Failure) -> None:
    assert verdict(failure) == {"finding": True, "tried": True, "left": True}


@pytest.mark.parametrize(
    "outcome",
    [ONLINE, refused("key.invalid"), refused("reach.region"), refused("reach.unavailable", "key.invalid"), refused()],
)
def test_anything_but_trouble_for_now_is_wrong(outcome: KeyOutcome) -> None:
    assert verdict(EXPIRED, outcome)["finding"] is False


def test_a_check_that_never_ended_is_wrong() -> None:
    assert failures.judged(EXPIRED, {"kucoin": AWAY}, SLUGS, tried=1, heard=0, met=1)["finding"].is_ok is False


def test_a_request_that_left_is_wrong() -> None:
    assert verdict(EXPIRED, heard=1)["left"] is False
    assert verdict(REDIRECT, met=1)["left"] is False


def test_where_nobody_tried_nothing_was_shown() -> None:
    assert verdict(EXPIRED, tried=0)["tried"] is False
    assert verdict(REDIRECT, tried=0)["tried"] is False


def test_inside_our_own_network_not_even_a_connection_is_made() -> None:
    assert verdict(INWARD, tried=1)["tried"] is False


def test_every_failure_leads_somewhere_that_can_be_watched() -> None:
    assert {one.leads_to for one in FAILURES} == {TRAPS[0], EXCHANGE, "127.0.0.1", INNER}


def test_a_run_of_kills_counts_only_when_it_says_that_nothing_was_wrong() -> None:
    clean = ["30 kills", "0 doubled, 0 lost, 0 without authority", "0 beyond a limit, 0 differences"]
    assert kills.general(clean)
    assert not kills.general([*clean[:2], "1 beyond a limit, 0 differences"])
    assert not kills.general([*clean[:2], "0 beyond a limit, 2 differences"])
    assert not kills.general(["30 kills", "kucoin-1: bf1: accepted 2 times"])
    assert not kills.general([])


def test_the_worst_of_the_sites_is_told() -> None:
    table = Table("", ("sites",))
    keys.put(table, {"okx sites okx-eea": ONLINE, "okx sites okx-us": AWAY, "bybit sites bybit-eu": ONLINE})

    assert table.rows["okx"]["sites"] == TableCell("reach.unavailable", is_ok=False)
    assert table.rows["bybit"]["sites"] == TableCell("1 online", is_ok=True)


def test_an_exchange_must_be_asked_by_its_real_names_alone() -> None:
    rows = [{"slug": "kucoin", "name": name} for name in ("api.kucoin.com", "api-futures.kucoin.com")]
    other = {"slug": "okx", "name": "127.0.0.1:8100"}

    assert keys.asked(rows, ["kucoin"]) == {"kucoin": TableCell("2 real", is_ok=True)}
    assert keys.asked([*rows, other], ["kucoin"])["okx"] == TableCell("127.0.0.1:8100", is_ok=False)
    assert keys.asked([], ["kucoin"])["kucoin"].is_ok is False


def test_a_proven_key_must_stay_online_and_its_trouble_be_told() -> None:
    there = {"kucoin": ("online", "reach.unavailable"), "okx": ("online", "reach.unreadable")}

    assert failures.stayed(there, SLUGS) == TableCell("2 of 2 stay online", is_ok=True)
    for other in (("online", ""), ("error", "reach.unavailable"), ("error", "")):
        assert failures.stayed({**there, "okx": other}, SLUGS).is_ok is False
    assert failures.stayed({"kucoin": there["kucoin"]}, SLUGS).is_ok is False
