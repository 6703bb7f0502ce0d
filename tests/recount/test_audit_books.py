"""The command: what it prints, and the number that it ends with."""

import json
import re
from dataclasses import replace
from decimal import Decimal as D
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from recount import account, rows
from recount.account import Recounted
from recount.values import Discrepancy
from strategies.choices import Risk
from strategies.engine import sizing
from tests.strategies.factories import make_bot, make_group, make_order

EQUAL = Recounted(connection="Main", exchange="kucoin", venue="live", groups=1, orders=2, fills=3)
ODD = Discrepancy(code="fill.fee", where="Bot\x1b[31m, BTC/USDT", there="0.1 USDT", here="0.2 USDT")
DIFFERS, UNREAD = replace(EQUAL, differences=[ODD]), replace(EQUAL, unread=["the exchange: reach.unavailable"])


def run(monkeypatch: pytest.MonkeyPatch, *found: Recounted, **options: Any) -> tuple[str, int]:
    told, out = iter(found), StringIO()
    monkeypatch.setattr(rows, "to_recount", lambda _: list(found))
    monkeypatch.setattr(account, "recount", lambda _: next(told))
    try:
        call_command("audit_books", stdout=out, **options)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


@pytest.mark.parametrize(
    ("found", "code"),
    [((), 0), ((EQUAL,), 0), ((EQUAL, DIFFERS), 1), ((EQUAL, UNREAD), 2), ((UNREAD, DIFFERS), 1)],
)
def test_it_ends_with_what_it_found(monkeypatch: pytest.MonkeyPatch, found: tuple[Recounted, ...], code: int) -> None:
    assert run(monkeypatch, *found)[1] == code


def test_it_prints_differences_without_foreign_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    text, _ = run(monkeypatch, DIFFERS, UNREAD)

    assert "kucoin (live), Main: 1 groups, 2 orders, 3 fills: 1 differences\n" in text
    assert r"fill.fee             Bot\u001b[31m, BTC/USDT" in text
    assert "there: 0.1 USDT\n" in text
    assert "0 differences, 1 not read\n  not read: the exchange: reach.unavailable" in text
    assert "\x1b" not in text


def test_json_tells_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text, code = run(monkeypatch, DIFFERS, json=True)

    told = json.loads(text)
    assert (told["exit"], code) == (1, 1)
    assert told["connections"][0]["differences"][0]["code"] == "fill.fee"
    assert "\x1b" not in text


@pytest.mark.django_db
def test_a_connection_that_nobody_traded_on_is_no_argument() -> None:
    with pytest.raises(CommandError) as refused:
        call_command("audit_books", connection="00000000-0000-4000-8000-000000000000")

    assert refused.value.returncode == 64


@pytest.mark.django_db
def test_it_asks_about_connections_that_have_orders() -> None:
    traded = make_order(group=make_group(bot=make_bot())).connection
    make_bot()

    assert rows.to_recount() == rows.to_recount(traded.public_id) == [traded]


def test_the_page_explains_every_difference_and_no_other() -> None:
    page = (settings.BASE_DIR / "docs" / "audit-books.md").read_text()
    source = "".join((settings.BASE_DIR / "recount" / name).read_text() for name in ("differences.py", "account.py"))

    explained = re.findall(r"^\| `([a-z_.]+)` \|", page, re.MULTILINE)
    assert sorted(explained) == sorted(
        set(re.findall(r'"((?:order|fill|price|step|group|kept|limit|coins)\.[a-z_]+)"', source))
    )


@pytest.mark.parametrize("level", Risk.values)
def test_hard_limits_are_those_that_are_promised(level: str) -> None:
    """Written down twice on purpose: the recount knows the promise, the engine what it does."""
    assert D(rows.HARD_SHARES[level]) == sizing.LEVELS[level].hard
