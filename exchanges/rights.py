"""What a key may do, in our words, beside the exchange's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from exchanges.proven import UnreadableError


class Right(StrEnum):
    """READ covers balances and orders; EXTRA is a known right that a bot has no use for."""

    READ = "read"
    TRADE = "trade"
    FUTURES = "futures"
    TRANSFER = "transfer"
    WITHDRAW = "withdraw"
    EXTRA = "extra"


class KeyState(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    FROZEN = "frozen"


class UnprovenError(UnreadableError):
    """The exchange answered in its own words, and they do not say what this key may do."""


@dataclass(frozen=True, kw_only=True)
class KeyRights:
    """What an exchange told about a key.

    `named` maps each right to the exchange's own words for it (the evidence); `unknown` are words that are not in our
    table. `ip_list` is None when the exchange does not tell, () when the key is open to every address.
    `days_left` is None when the exchange does not tell or the key does not expire. `is_ip_bound`: it tells that there
    is an IP list, but not the addresses. `account_kind` is its word for the kind of account, where the parameters of
    later questions depend on it.
    """

    named: Mapping[Right, tuple[str, ...]]
    unknown: tuple[str, ...] = ()
    ip_list: tuple[str, ...] | None = None
    days_left: int | None = None
    expires_on: date | None = None
    account_uid: str | None = None
    state: KeyState = KeyState.ACTIVE
    is_ip_bound: bool = False
    account_kind: str = ""

    def has(self, right: Right) -> bool:
        return right in self.named

    @property
    def granted(self) -> tuple[Right, ...]:
        return tuple(right for right in Right if right in self.named)


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whose balances an answer told, where the exchange says it there and not with the rights.

    `may_trade` is the account's own switch, None where the exchange does not tell: it says nothing about the key.
    """

    uid: str | None
    may_trade: bool | None = None


Named = dict[Right, tuple[str, ...]]


def sort_rights(words: Iterable[str], known: Mapping[str, Right]) -> tuple[Named, tuple[str, ...]]:
    """Split an exchange's words into the rights we know and the words we do not; `known` is keyed in lower case."""
    named: Named = {}
    unknown = []
    for word in words:
        right = known.get(word.lower())
        if right is None:
            unknown.append(word)
        else:
            named[right] = (*named.get(right, ()), word)
    return named, tuple(unknown)
