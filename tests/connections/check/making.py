"""Facts for tests: a key that passes everything, changed in the one respect a test is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from connections.check.facts import Answer, Facts, Policy
from connections.check.findings import Finding
from connections.check.steps import examine
from exchanges.errors import Cause, Trouble
from exchanges.known.htx import check
from exchanges.known.kucoin import check as kucoin
from exchanges.known.mexc import check as mexc
from exchanges.rights import KeyRights, Right
from exchanges.spec import Ask, ExchangeSpec, Market

TODAY = date(2026, 11, 23)
OURS = ("192.0.2.10",)
READ_AND_TRADE: Mapping[Right, tuple[str, ...]] = {Right.READ: ("General",), Right.TRADE: ("Spot",)}
HTX, KUCOIN, MEXC = check.SPEC, kucoin.SPEC, mexc.SPEC


def make_rights(**fields: Any) -> KeyRights:
    """Return rights to read and trade, bound to our address, changed as given."""
    return KeyRights(**{"named": READ_AND_TRADE, "ip_list": OURS, "account_uid": "165111215", **fields})


def with_rights(*more: Right, **fields: Any) -> KeyRights:
    """Return good rights and more of them, each evidenced by its own name."""
    return make_rights(named={**READ_AND_TRADE, **{right: (right.value,) for right in more}}, **fields)


def failed(cause: Cause, **fields: Any) -> Answer:
    return Answer(trouble=Trouble(cause=cause, **fields), ms=20)


def make_facts(
    *,
    spec: ExchangeSpec = KUCOIN,
    market: Market = Market.SPOT,
    rights: KeyRights | Answer | None = None,
    policy: Policy | None = None,
    answers: Mapping[Ask, Answer | None] | None = None,
    **fields: Any,
) -> Facts:
    """Return the facts of a check that went well; an answer of None was never given."""
    found = rights if isinstance(rights, Answer) else Answer(value=rights or make_rights(), ms=20)
    whole: dict[Ask, Answer | None] = {
        Ask.TIME: Answer(value=1_795_000_000_000, ms=10),
        Ask.RIGHTS: found,
        Ask.BALANCES: Answer(value=[], ms=30),
        Ask.ORDERS: Answer(value=[], ms=40),
        **(answers or {}),
    }
    given = {ask: answer for ask, answer in whole.items() if answer is not None}
    facts = Facts(spec=spec, market=market, policy=policy or Policy(our_ips=OURS), today=TODAY, answers=given)
    return replace(facts, **fields)


def refused(cause: Cause, **fields: Any) -> Facts:
    """Return the facts of a check whose question for the rights was refused: nothing more was asked."""
    answers = {Ask.BALANCES: None, Ask.ORDERS: None}
    return make_facts(rights=failed(cause, **fields), answers=answers)


def codes(facts: Facts) -> list[str]:
    return [one.code for one in examine(facts)]


def the_only(facts: Facts) -> Finding:
    (finding,) = examine(facts)
    return finding
