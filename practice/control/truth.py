"""/_control/truth: what an exchange knows of orders, fills and money, to compare books with; /_control/journal."""

from collections.abc import Iterator
from typing import Any

from practice.http.running import Practice
from practice.trading.matching import Desk
from practice.trading.orders import Fill, Order

STATE = ("n", "created", "updated", "status", "filled", "spent", "fee", "fee_asset")
TRADED = ("n", "price", "amount", "cost", "fee", "fee_asset", "is_maker", "time")


def read_truth(practice: Practice, data: dict[str, Any]) -> Any:
    """Return all orders with their fills and all balances, of one `slug` or `account` where asked, as they are now."""
    for slug in [data["slug"]] if "slug" in data else list(practice.dialects):
        Desk(practice.world, slug, practice.dialects[slug].terms).settle()
    return {"orders": list(_orders(practice, **data)), "balances": list(_balances(practice, **data))}


def _orders(practice: Practice, slug: str | None = None, account: str | None = None) -> Iterator[dict[str, Any]]:
    book = practice.world.book
    for order in book.orders():
        if slug in (None, order.slug) and account in (None, order.account):
            yield _order_row(order, book.fills_of_order(order))


def _order_row(order: Order, fills: list[Fill]) -> dict[str, Any]:
    state = {name: getattr(order, name) for name in STATE}
    return {**order.summary(), **state, "fills": [{name: getattr(fill, name) for name in TRADED} for fill in fills]}


def _balances(practice: Practice, slug: str | None = None, account: str | None = None) -> Iterator[dict[str, Any]]:
    accounts = practice.world.accounts
    for balance in practice.world.purse.values():
        if slug in (None, accounts[balance.account].slug) and account in (None, balance.account):
            yield vars(balance)


def read_journal(practice: Practice, data: dict[str, Any]) -> Any:
    rows = practice.world.store.notes()
    return {"orders": [row for row in rows if all(str(row.get(k)) == v for k, v in data.items())]}


def clear_journal(practice: Practice, data: dict[str, Any]) -> Any:
    practice.world.store.forget_notes()
    return {"orders": []}


TABLE = {("GET", "truth"): read_truth, ("GET", "journal"): read_journal, ("DELETE", "journal"): clear_journal}
