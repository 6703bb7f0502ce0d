"""The practice world: who has which key, what is in their accounts, and the clock, seed and market they share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from practice.trading.book import Book
from practice.trading.orders import ZERO
from practice.world.market import Market, Script
from practice.world.store import Store


@dataclass
class Account:
    """`traits` holds what only one exchange has (KuCoin's hf switch, MEXC's kyc level).

    `pays_fees_in` among them names the exchange's own coin, where the account pays its fees in it.
    """

    id: str
    slug: str
    uid: str
    sub_name: str = ""
    state: str = "normal"
    traits: dict[str, Any] = field(default_factory=dict)


@dataclass
class Key:
    """A key as the exchange stores it: rights in its own words, times in ms, faults as control sends them."""

    slug: str
    api_key: str
    secret: str
    passphrase: str
    account: str
    rights: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    created: int = 0
    expires: int | None = None
    state: str = "valid"
    note: str = ""
    case: str = ""
    faults: tuple[dict[str, Any], ...] = ()
    latency: int | None = None

    @property
    def id(self) -> str:
        return f"{self.slug}:{self.api_key}"

    @property
    def hint(self) -> str:
        return self.api_key[-4:]

    def has(self, rights: Iterable[str]) -> bool:
        return any(right in self.rights for right in rights)

    def allows(self, ip: str) -> bool:
        return not self.ips or ip in self.ips

    def is_expired(self, now: int) -> bool:
        return self.expires is not None and self.expires <= now


@dataclass
class Balance:
    account: str
    wallet: str
    asset: str
    free: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    def id(self) -> str:
        return f"{self.account}:{self.wallet}:{self.asset}"

    @property
    def total(self) -> Decimal:
        return self.free + self.locked


class World:
    def __init__(self, store: Store, market: Market, clock: Callable[[], int]) -> None:
        self.store, self.market, self.clock = store, market, clock
        self.accounts = {row.id: row for row in store.all("account", Account)}
        self.keys = {row.id: row for row in store.all("key", Key)}
        self.purse = {row.id: row for row in store.all("balance", Balance)}
        self.book = Book(store)
        self.scripts_kept = 0
        for script in store.all("script", Script):
            market.follow(script)
            self.scripts_kept += 1

    def key(self, slug: str, api_key: str) -> Key | None:
        return self.keys.get(f"{slug}:{api_key}")

    def move_price(self, script: Script) -> None:
        """Follow a script and remember it: what filled an order yesterday must not change after a restart."""
        self.market.follow(script)
        self.book.look_again(script.pair, script.start)
        self.scripts_kept += 1
        self.store.put("script", f"{self.scripts_kept:08d}", script)

    def account_of(self, key: Key) -> Account:
        return self.accounts[key.account]

    def save_key(self, key: Key) -> Key:
        self.keys[key.id] = key
        self.store.put("key", key.id, key)
        return key

    def save_account(self, account: Account) -> Account:
        self.accounts[account.id] = account
        self.store.put("account", account.id, account)
        return account

    def balance(self, account: str, wallet: str, asset: str) -> Balance:
        blank = Balance(account, wallet, asset)
        return self.purse.setdefault(blank.id, blank)

    def save_balance(self, balance: Balance) -> None:
        self.store.put("balance", balance.id, balance)

    def set_balance(self, account: str, wallet: str, asset: str, free: Decimal) -> None:
        balance = self.balance(account, wallet, asset)
        balance.free = free
        self.save_balance(balance)

    def balances(self, account: str, wallet: str) -> list[Balance]:
        """Return what is not empty, by asset."""
        mine = (b for b in self.purse.values() if b.account == account and b.wallet == wallet and b.total)
        return sorted(mine, key=lambda b: b.asset)
