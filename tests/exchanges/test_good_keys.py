"""Good keys that exchanges describe in an unusual way, and still describe: an odd row, null or a text says nothing bad.

Each body takes the place of one true answer of the practice exchange; the others stay as they are.
"""

from typing import TYPE_CHECKING, Any

import pytest

from connections.check.verdict import Verdict
from tests.exchanges.asking import check
from tests.exchanges.test_holdings import BODIES, coinbase, wallet

if TYPE_CHECKING:
    from tests.practice.rig import Rig

BYBIT = {"retCode": 0, "retMsg": "OK", "retExtInfo": {}, "time": 1739877286418}
# exchange, path of the answer, the answer
WHOLE: list[tuple[str, str, Any]] = [
    ("bybit", "/v5/account/wallet-balance", {**BYBIT, "result": {"list": []}}),
    ("bybit", "/v5/account/wallet-balance", {**BYBIT, "result": {"list": None}}),
    ("bybit", "/v5/order/realtime", {**BYBIT, "result": {"category": "spot", "list": None, "nextPageCursor": ""}}),
    ("bingx", "*/account/balance", {"code": 0, "msg": "", "debugMsg": "", "data": {"balances": None}}),
    ("bingx", "*/trade/openOrders", {"code": 0, "msg": "", "debugMsg": "", "data": {"orders": None}}),
    ("kucoin", "/api/v1/orders", {"code": "200000", "data": {"currentPage": 1, "pageSize": 50, "items": None}}),
    ("coinbase", "*/accounts", coinbase(wallet("BTC", available_balance=None))),
    ("coinbase", "*/accounts", coinbase(wallet("BTC"), wallet("XRP", available_balance=None), None, 7)),
    ("coinbase", "*/orders/historical/batch", {"orders": None, "sequence": "0", "has_next": False, "cursor": ""}),
]
# exchange, path, what of the rows in the true answer is told otherwise
EDITED: list[tuple[str, str, dict[str, Any]]] = [
    ("gate", "/api/v4/account/main_keys", {"at": "", "set": {"ip_whitelist": None}}),
    ("gate", "/api/v4/account/main_keys", {"at": "", "drop": ["ip_whitelist"]}),
]
BALANCES = {
    "binance": "/api/v3/account",
    "mexc": "/api/v3/account",
    "kucoin": "/api/v1/accounts",
    "okx": "/api/v5/account/balance",
    "bitget": "/api/v2/spot/account/assets",
    "gate": "/api/v4/spot/accounts",
    "bingx": "*/account/balance",
    "bybit": "/v5/account/wallet-balance",
}
AT = {
    "binance": "balances",
    "mexc": "balances",
    "kucoin": "data",
    "okx": "data.0.details",
    "bitget": "data",
    "gate": "",
    "bingx": "data.balances",
    "bybit": "result.list.0.coin",
}


@pytest.mark.parametrize(("slug", "path", "body"), WHOLE)
def test_a_good_key_is_online_whatever_stands_for_nothing(rig: "Rig", slug: str, path: str, body: Any) -> None:
    rig.fault("answer", slug=slug, path=path, body=body)

    outcome = check(rig.base, slug, rig.tryout(slug, "good"))

    assert (outcome.verdict, outcome.decisive) == (Verdict.ONLINE, [])


@pytest.mark.parametrize(("slug", "path", "change"), EDITED)
def test_a_key_that_tells_no_list_of_addresses_has_none(
    rig: "Rig", slug: str, path: str, change: dict[str, Any]
) -> None:
    rig.fault("edit", slug=slug, path=path, body=change)

    outcome = check(rig.base, slug, rig.tryout(slug, "good"))

    assert (outcome.verdict, "ip.no_list" in outcome.codes) == (Verdict.ONLINE, True)


@pytest.mark.parametrize("slug", BALANCES)
def test_odd_rows_among_the_balances_keep_no_key_from_being_online(rig: "Rig", slug: str) -> None:
    rows = [BODIES[slug][1]("币安人生"), None, "text", {"asset": 7}]
    rig.fault("edit", slug=slug, path=BALANCES[slug], body={"at": AT[slug], "add": rows})

    outcome = check(rig.base, slug, rig.tryout(slug, "good"))

    assert (outcome.verdict, outcome.decisive) == (Verdict.ONLINE, [])


@pytest.mark.parametrize("slug", BALANCES)
def test_odd_rows_alone_prove_nothing(rig: "Rig", slug: str) -> None:
    body, _ = BODIES[slug]
    rig.fault("answer", slug=slug, path=BALANCES[slug], body=body(None, {"x": 1}))

    assert check(rig.base, slug, rig.tryout(slug, "good")).verdict is Verdict.TEMPORARY
