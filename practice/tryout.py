"""The try-out keys, like a payment provider's test cards: the same ones at every start, one for each verdict."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

from practice.dialect import Credentials, Dialect
from practice.world.world import Account, Key, World

DAY = 86_400_000
FOREIGN = ("203.0.113.7",)
SPOT_MONEY = {"USDT": "10000", "USDC": "5000", "USD": "5000", "BTC": "0.5", "ETH": "5"}
FUTURES_MONEY = {"USDT": "1000"}


@dataclass(frozen=True)
class Case:
    """`lists` is ours, foreign or none; `shows` names the credential that the page shows wrongly."""

    name: str
    text: str
    grants: tuple[str, ...] = ("read", "trade")
    lists: str = "ours"
    days_left: int | None = None
    account: str = "main"
    shows: str = ""
    faults: tuple[dict[str, Any], ...] = ()


CASES = (
    Case("good", "reads and trades spot, and nothing else"),
    Case("futures", "reads, trades spot and futures", ("read", "trade", "futures")),
    Case("withdraw", "can withdraw: must be refused", ("read", "trade", "withdraw")),
    Case("transfer", "can move money inside the exchange", ("read", "trade", "transfer")),
    Case("unknown_right", "carries a right that nobody knows", ("read", "trade", "unknown")),
    Case("read_only", "cannot trade", ("read",)),
    Case("no_futures", "for a futures connection: lacks the futures right"),
    Case("no_ip_list", "works from every address", lists="none"),
    Case("wrong_ip", "its IP list holds only 203.0.113.7", lists="foreign"),
    Case("expired", "its time is over", lists="none", days_left=-1),
    Case("expiring_soon", "expires in five days", lists="none", days_left=5),
    Case("wrong_secret", "the secret shown here is not its secret", shows="secret"),
    Case("wrong_passphrase", "the passphrase shown here is not its passphrase", shows="passphrase"),
    Case("other_account", "good, but of a sub-account", account="other"),
    Case("restricted", "good, but its account is frozen", account="restricted"),
    Case("flaky", "every second answer is 503", faults=({"kind": "503", "every": 2},)),
    Case("garbage", "every answer is a web page with status 200", faults=({"kind": "html_200"},)),
)


def cases_of(dialect: Dialect) -> Iterator[Case]:
    """Yield the cases this exchange can show: it may know no such right, no passphrase, no end."""
    for case in CASES:
        is_told = dialect.tells_expiry or case.name != "expiring_soon"
        has_secret = case.shows != "passphrase" or dialect.has_passphrase
        if is_told and has_secret and all(grant in dialect.rights for grant in case.grants):
            yield case
    for name, (text, _) in dialect.more_cases.items():
        yield Case(name, text, grants=(f"case {name}",))


def _of(name: str, owner: str) -> str:
    """Return what is drawn, or called, by this name: everybody's, or one owner's alone."""
    return f"{name}-{owner}" if owner else name


def credentials(dialect: Dialect, seed: int, case: str, owner: str = "") -> Credentials:
    return dialect.credentials(Random(f"{seed} {dialect.slug} {_of(case, owner)}"))


def shown(dialect: Dialect, seed: int, case: Case, owner: str = "") -> Credentials:
    """Return what the page shows: right but for the one part that the case is about."""
    right = credentials(dialect, seed, case.name, owner)
    wrong = credentials(dialect, seed, f"{case.name} wrong", owner)
    return right._replace(**{case.shows: getattr(wrong, case.shows)}) if case.shows else right


def told(dialect: Dialect, seed: int, owner: str = "") -> dict[str, dict[str, str]]:
    """Return each case as data: the key as it is shown, and what is so about it."""
    found = {case.name: (shown(dialect, seed, case, owner)._asdict(), case.text) for case in cases_of(dialect)}
    blank = {} if dialect.has_passphrase else {"passphrase": ""}
    return {name: {**parts, **blank, "text": text} for name, (parts, text) in found.items()}


def _rights(dialect: Dialect, case: Case) -> tuple[str, ...]:
    more = {f"case {name}": rights for name, (_, rights) in dialect.more_cases.items()}
    return more.get(case.grants[0]) or dialect.granted(case.grants)


def seed_world(world: World, dialect: Dialect, own_ips: tuple[str, ...], owner: str = "") -> None:
    """Make the accounts and keys that everybody shares, or the same once more for one owner; twice is once."""
    for name, state, sub in (("main", "normal", ""), ("other", "normal", "sub1"), ("restricted", "frozen", "")):
        _seed_account(world, dialect, _of(name, owner), state, sub, {})
    for name, traits in dialect.case_traits.items():
        _seed_account(world, dialect, _of(name, owner), "normal", "", traits)
    for case in cases_of(dialect):
        world.save_key(_make_key(world, dialect, case, own_ips, owner))


def _seed_account(
    world: World, dialect: Dialect, name: str, state: str, sub: str, more_traits: Mapping[str, Any]
) -> None:
    identity = f"{dialect.slug}-{name}"
    is_new = identity not in world.accounts
    uid = Random(f"{world.market.seed} {identity}").randrange(10_000_000, 99_999_999)
    world.save_account(Account(identity, dialect.slug, str(uid), sub, state, {**dialect.traits, **more_traits}))
    if is_new:
        give_money(world, identity, {"spot": SPOT_MONEY, "futures": FUTURES_MONEY})


def give_money(world: World, account: str, money: dict[str, dict[str, str]]) -> None:
    for wallet, amounts in money.items():
        for asset, amount in amounts.items():
            world.set_balance(account, wallet, asset, Decimal(amount))


def _make_key(world: World, dialect: Dialect, case: Case, own_ips: tuple[str, ...], owner: str) -> Key:
    now = world.clock()
    account = case.name if case.name in dialect.case_traits else case.account
    key = Key(
        dialect.slug,
        *credentials(dialect, world.market.seed, case.name, owner),
        account=f"{dialect.slug}-{_of(account, owner)}",
        rights=_rights(dialect, case),
        ips={"ours": own_ips, "foreign": FOREIGN, "none": ()}[case.lists],
        created=now - 8 * DAY,
        note=f"Practice {case.name}",
        case=case.name,
        faults=case.faults,
    )
    return replace(key, expires=_end(dialect, case, key))


def _end(dialect: Dialect, case: Case, key: Key) -> int | None:
    """Return when the key dies: as the case says, else as this exchange treats keys without an IP list."""
    days = 8 + case.days_left if case.days_left is not None else dialect.unlisted_days
    return None if days is None or key.ips else key.created + days * DAY
