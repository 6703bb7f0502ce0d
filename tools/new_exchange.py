"""Lay the files of a new exchange, on our side of the wire and on the other; docs/adding-an-exchange.md goes on."""

import keyword
import re
from pathlib import Path

SLUG = re.compile(r"[a-z][a-z0-9]{1,14}")


class SlugError(Exception):
    """The slug cannot be that of a new exchange; the message says why."""


def lay(root: Path, slug: str, name: str = "") -> list[Path]:
    """Write every file, and return their paths below root; raise SlugError, and write nothing, when one is there."""
    if not SLUG.fullmatch(slug) or keyword.iskeyword(slug):
        raise SlugError(f"“{slug}” is no slug: give 2 to 15 small letters and digits, a letter first.")
    words = {"slug": slug, "name": name or slug.capitalize()}
    files = {path.format(**words): text.format(**words) for path, text in FILES.items()}
    if there := [path for path in files if (root / path).exists()]:
        raise SlugError(f"“{slug}” is there already: {there[0]}")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return [Path(path) for path in files]


CHECK = '''"""{name}. Wire facts: which request tells a key's rights, and how."""

from typing import NoReturn

from exchanges.errors import ErrorTable, by_cause
from exchanges.known.{slug}.orders import TRADING
from exchanges.proven import UnreadableError
from exchanges.rights import Right
from exchanges.sentences import gettext_noop as _
from exchanges.spec import Ask, ExchangeSpec, Guide, Market, Question, api_key, secret


def read_nothing(body: object) -> NoReturn:
    """Prove nothing: each question gets a reader that asks for the exchange's own required fields."""
    raise UnreadableError


FIRST = (
    Question(ask=Ask.TIME, method="publicGetTime", read=read_nothing),
    Question(ask=Ask.RIGHTS, method="privateGetKey", read=read_nothing),
)
SPOT = (
    Question(ask=Ask.BALANCES, method="privateGetAccount", read=read_nothing),
    Question(ask=Ask.ORDERS, method="privateGetOpenOrders", read=read_nothing),
)

SPEC = ExchangeSpec(
    slug="{slug}",
    name="{name}",
    ccxt_id="{slug}",
    credentials=(
        api_key(r"[A-Za-z0-9]{{64}}", _("What the key looks like.")),
        secret(r"[A-Za-z0-9]{{64}}", _("What the secret looks like.")),
    ),
    markets=(Market.SPOT,),
    guide=Guide(
        page="https://www.example.org/api",
        steps=(_("Log in to www.example.org and open its API page."),),
        tick={{Market.SPOT: ("Read", "Trade")}},
        never=("Withdraw",),
        lifetime=_("How long a key lives without an IP list."),
        ip_note=_("How many addresses the list takes."),
        names=("{name} Spot Main",),
    ),
    rounds={{Market.SPOT: (FIRST, SPOT)}},
    boxes={{Right.READ: "Read", Right.TRADE: "Trade", Right.WITHDRAW: "Withdraw"}},
    errors=ErrorTable(codes=by_cause({{}})),
    bases=lambda base, futures: {{"public": base, "private": base}},
    base="https://api.example.org",
    domain="www.example.org",
    trading=TRADING,
)
'''
ORDERS = '''"""{name}: how orders are made, refused and looked up."""

from exchanges.holdings import Purse, free_and_locked
from exchanges.ways import Look, TradingWays

TRADING = TradingWays(
    lists=("",),
    purse=Purse(rows=("balances",), coin="asset", read=free_and_locked("free", "locked")),
    refusals={{}},
    missing=(),
    closed=(),
    recent=(Look(method="fetch_closed_orders"),),
    fills=Look(method="fetch_my_trades"),
)
'''
SHEET = """# {name}

## What is proven, and by which answer
| what | answer |
|---|---|
| the key lives, its rights, IP list | |
| balances | |
| orders | |

## What {name} does not tell

## Not documented, or not covered

## What a live try would settle

## How it says no

## Orders
"""
FILES = {
    "exchanges/known/{slug}/__init__.py": '"""{name}: its check (check.py) and its orders (orders.py)."""\n\n'
    "from exchanges.known.{slug}.check import SPEC as SPEC\n",
    "exchanges/known/{slug}/check.py": CHECK,
    "exchanges/known/{slug}/orders.py": ORDERS,
    "practice/dialects/{slug}/__init__.py": '"""{name}: its DIALECT, made of what stands beside this file."""\n',
    "practice/dialects/{slug}/names.py": '"""How {name} spells rights and pairs, and its terms of trade."""\n',
    "practice/dialects/{slug}/signing.py": '"""{name}\'s signatures and its words for each refusal."""\n',
    "practice/dialects/{slug}/account.py": '"""{name}: the clock, the key and the account."""\n',
    "practice/dialects/{slug}/markets.py": '"""{name}: what everybody may see of its markets."""\n',
    "practice/dialects/{slug}/trading.py": '"""{name}: spot orders and fills."""\n',
    "tests/exchanges/known/test_{slug}.py": '"""{name}\'s answers, as recorded, read as what they are."""\n',
    "tests/practice/test_{slug}.py": '"""The practice exchange answers as {name} does."""\n',
    "tests/exchanges/bodies/{slug}/errors.json": "[]\n",
    "docs/exchanges/{slug}.md": SHEET,
}
