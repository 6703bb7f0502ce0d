"""Coinbase: our id has a name of its own, and finds an order only in a list; refusals come with status 200."""

from exchanges.holdings import Purse, Row, free_and_locked
from exchanges.proven import UnreadableError, as_object
from exchanges.values import Balance, RefusalReason
from exchanges.ways import Cursor, Look, Said, TradingWays, by_reason, said

WALLETS = ("ACCOUNT_TYPE_CRYPTO", "ACCOUNT_TYPE_FIAT", "CRYPTO", "FIAT")
OTHER_WALLETS = ("ACCOUNT_TYPE_VAULT", "ACCOUNT_TYPE_PERP_FUTURES")
OTHER_PLATFORMS = ("ACCOUNT_PLATFORM_CFM_CONSUMER", "ACCOUNT_PLATFORM_INTX")
AMOUNTS = free_and_locked("available_balance", "hold")


def read_wallet(row: Row) -> Balance | None:
    """Read a wallet of the platform that trades spot; a vault, and the wallets of futures, are other purses."""
    kind, platform = row.get("type"), row.get("platform")
    if kind in OTHER_WALLETS or platform in OTHER_PLATFORMS:
        return None
    if kind not in WALLETS or platform not in (None, "ACCOUNT_PLATFORM_CONSUMER", "ACCOUNT_PLATFORM_UNSPECIFIED"):
        raise UnreadableError
    return AMOUNTS({name: as_object(row.get(name) or {}).get("value") for name in ("available_balance", "hold")})


TRADING = TradingWays(
    lists=("orders", "fills", "products", "candles"),
    candles_at_once=300,
    purse=Purse(rows=("accounts",), coin="currency", read=read_wallet),
    codes=("error_response.preview_failure_reason", "error_response.error", "results.0.failure_reason"),
    more="has_next",
    refusals={
        **by_reason(
            {
                RefusalReason.FUNDS: "PREVIEW_INSUFFICIENT_FUND INSUFFICIENT_FUND",
                RefusalReason.BELOW_MINIMUM: "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL",
                RefusalReason.PRECISION: "PREVIEW_INVALID_SIZE_PRECISION PREVIEW_INVALID_PRICE_PRECISION "
                "PREVIEW_INVALID_QUOTE_SIZE_PRECISION INVALID_SIZE_PRECISION INVALID_PRICE_PRECISION",
                RefusalReason.PRICE_BAND: "PREVIEW_INVALID_LIMIT_PRICE PREVIEW_BREACHED_PRICE_LIMIT",
                RefusalReason.PAIR_CLOSED: "UNSUPPORTED_ORDER_CONFIGURATION INVALID_PRODUCT_ID",
                RefusalReason.OTHER: "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE INVALID_SIDE INVALID_LIMIT_PRICE",
            }
        ),
        Said(code="INVALID_ARGUMENT", text="not enabled for trading"): RefusalReason.PAIR_CLOSED,
    },
    # What it answers to a product that is gone nobody has recorded: it may as well leave it out.
    unlisted=said("NOT_FOUND INVALID_ARGUMENT"),
    missing=said("NOT_FOUND UNKNOWN_CANCEL_ORDER"),
    closed=said("INVALID_CANCEL_REQUEST DUPLICATE_CANCEL_REQUEST"),
    by_client_id=None,
    open_orders=Look(method="fetch_open_orders", is_timed=False),
    recent=(Look(method="fetch_orders"),),
    is_fee_in_quote=True,
    no_fee={"commission": None},
    fills=Look(method="fetch_my_trades", params={"order_ids": "{id}"}, cursors=(Cursor(name="cursor", at="cursor"),)),
    id_name="client_order_id",
    balance={"v3": True},
)
