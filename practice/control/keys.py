"""/_control/accounts and /_control/keys."""

import re
import secrets
from dataclasses import replace
from decimal import Decimal
from random import SystemRandom
from typing import Any

from practice.http.faults import make_fault
from practice.http.running import Practice
from practice.tryout import give_money, seed_world, told
from practice.world.world import Account, Key, World

KEY_FIELDS = ("rights", "ips", "expires", "state", "note", "faults", "latency", "secret", "passphrase", "account")
ACCOUNT_FIELDS = ("sub_name", "state", "traits")


def list_accounts(practice: Practice, data: dict[str, Any]) -> Any:
    return {"accounts": [_account_row(practice, account) for account in practice.world.accounts.values()]}


def _account_row(practice: Practice, account: Account) -> dict[str, Any]:
    purse = [vars(b) for b in practice.world.purse.values() if b.account == account.id]
    return {**vars(account), "balances": purse}


def add_account(practice: Practice, data: dict[str, Any]) -> Any:
    dialect = practice.dialects[data["slug"]]
    uid = str(10_000_000 + secrets.randbelow(80_000_000))
    account = Account(f"{dialect.slug}-{uid}", dialect.slug, uid, traits=dict(dialect.traits))
    return _save_account(practice, account, data)


def change_account(practice: Practice, data: dict[str, Any]) -> Any:
    return _save_account(practice, practice.world.accounts[data["id"]], data)


def _save_account(practice: Practice, account: Account, data: dict[str, Any]) -> Any:
    account = replace(account, **{name: data[name] for name in ACCOUNT_FIELDS if name in data})
    with practice.world.store.together():
        practice.world.save_account(account)
        give_money(practice.world, account.id, data.get("balances", {}))
        if "by_hand" in data:
            practice.world.save_account(account := _move_by_hand(practice.world, account, data["by_hand"]))
    return _account_row(practice, account)


def _move_by_hand(world: World, account: Account, wanted: dict[str, str]) -> Account:
    """Bring what was paid in (above zero) or taken out by hand, in all, to `wanted`; only what is free can be taken.

    A total instead of a step: what is asked twice, because an answer was lost, moves the coins once.
    """
    moved: dict[str, str] = dict(account.traits.get("by_hand", {}))
    for asset, amount in wanted.items():
        before, free = Decimal(moved.get(asset, 0)), world.balance(account.id, "spot", asset).free
        change = max(Decimal(amount) - before, -free)
        world.set_balance(account.id, "spot", asset, free + change)
        moved[asset] = str(before + change)
    return replace(account, traits={**account.traits, "by_hand": moved})


def list_keys(practice: Practice, data: dict[str, Any]) -> Any:
    return {"keys": [vars(key) for key in practice.world.keys.values() if data.get("slug") in (None, key.slug)]}


def add_key(practice: Practice, data: dict[str, Any]) -> Any:
    dialect = practice.dialects[data["slug"]]
    made = dialect.credentials(SystemRandom())
    rights = dialect.granted(data.get("grants", ("read", "trade")))
    account = data.get("account") or f"{dialect.slug}-main"
    key = Key(dialect.slug, *made, account=account, rights=rights, created=practice.world.clock())
    return _save_key(practice, key, data)


def change_key(practice: Practice, data: dict[str, Any]) -> Any:
    key = practice.world.keys[f"{data['slug']}:{data['api_key']}"]
    if "grants" in data:
        data["rights"] = practice.dialects[key.slug].granted(data["grants"])
    return _save_key(practice, key, data)


def _save_key(practice: Practice, key: Key, data: dict[str, Any]) -> Any:
    changes = {name: data[name] for name in KEY_FIELDS if name in data}
    changes |= {name: tuple(changes[name]) for name in ("rights", "ips", "faults") if name in changes}
    key = replace(key, **changes)
    for fault in key.faults:
        make_fault(dict(fault))
    if key.account not in practice.world.accounts:
        raise KeyError(key.account)
    return vars(practice.save_key(key))


def own_keys(practice: Practice, data: dict[str, Any]) -> Any:
    """Return the try-out keys of one `slug` for one `owner` alone, with purses of their own, made when first asked for.

    Who asks chooses the owner's name, which nobody else must guess: the keys follow from it.
    """
    dialect, owner = practice.dialects[data["slug"]], str(data["owner"])
    if not re.fullmatch(r"[0-9a-f]{16,64}", owner):
        raise ValueError("owner must be 16 to 64 hexadecimal digits")
    world = practice.world
    if f"{dialect.slug}-main-{owner}" not in world.accounts:
        with world.store.together():
            seed_world(world, dialect, practice.own_ips, owner)
        for key in [key for key in world.keys.values() if key.account.endswith(f"-{owner}")]:
            practice.save_key(key)
    return {"keys": told(dialect, world.market.seed, owner)}


def remove_key(practice: Practice, data: dict[str, Any]) -> Any:
    return change_key(practice, {**data, "state": "deleted"})


TABLE = {
    ("GET", "accounts"): list_accounts,
    ("POST", "accounts"): add_account,
    ("PATCH", "accounts/{id}"): change_account,
    ("GET", "keys"): list_keys,
    ("POST", "keys"): add_key,
    ("PATCH", "keys/{slug}/{api_key:.+}"): change_key,
    ("POST", "own"): own_keys,
    ("DELETE", "keys/{slug}/{api_key:.+}"): remove_key,
}
