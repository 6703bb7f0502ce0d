"""Facts: everything that one check observed, frozen, before anything is concluded from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from exchanges.errors import Cause, Trouble
from exchanges.proven import printable
from exchanges.rights import Holder, KeyRights
from exchanges.shape import StrangeAnswer
from exchanges.spec import Ask, ExchangeSpec, Market

UID_LENGTH = 100


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One question's outcome: either what its reader found, or the trouble. `ms` since the question was asked."""

    value: object = None
    trouble: Trouble | None = None
    ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What an installation demands, and what a replacement key must prove.

    `our_ips` are the addresses our requests come from; `expected_account` is the account's uid at the exchange that
    earlier passes proved, None when there was none.
    """

    our_ips: tuple[str, ...] = ()
    require_ip_list: bool = False
    refuse_transfer: bool = False
    expected_account: str | None = None
    # A key other than the one that passed: it must prove the same account.
    is_replacement: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`clock_offset_ms` is the exchange's clock minus ours, None when it was not told.

    `other_connection` is the name of the trader's other live connection to the account that the key belongs to, "" when
    it is somebody else's, None when there is none.
    """

    spec: ExchangeSpec
    market: Market
    policy: Policy
    today: date
    answers: Mapping[Ask, Answer] = field(default_factory=dict)
    clock_offset_ms: int | None = None
    requests: int = 0
    elapsed_ms: int = 0
    other_connection: str | None = None

    @cached_property
    def rights(self) -> KeyRights | None:
        found = self.value(Ask.RIGHTS)
        return found if isinstance(found, KeyRights) else None

    @property
    def probes(self) -> tuple[Ask, ...]:
        """Return what this exchange must prove beside the rights that it names."""
        asked = {question.ask for questions in self.spec.rounds[self.market] for question in questions}
        return (Ask.WITHDRAW,) if Ask.WITHDRAW in asked else ()

    @property
    def account_uid(self) -> str | None:
        told = self.rights.account_uid if self.rights else None
        holder = self.value(Ask.BALANCES)
        uid = told or self.value(Ask.UID) or (holder.uid if isinstance(holder, Holder) else None)
        return printable(uid, most=UID_LENGTH) or None if isinstance(uid, str) else None

    @property
    def seen_ip(self) -> str:
        return next((t.ip for t in self.troubles().values() if t.ip), "")

    def value(self, ask: Ask) -> object:
        answer = self.answers.get(ask)
        return answer.value if answer and answer.trouble is None else None

    def is_proven(self, ask: Ask) -> bool:
        answer = self.answers.get(ask)
        return answer is not None and answer.trouble is None

    def strange_answers(self) -> list[tuple[Ask, Cause, StrangeAnswer]]:
        """Return what is in no table of ours, of bonus questions too, with what it was taken for."""
        troubles = ((ask, answer.trouble) for ask, answer in self.answers.items())
        return [(ask, trouble.cause, trouble.strange) for ask, trouble in troubles if trouble and trouble.strange]

    def troubles(self) -> dict[Ask, Trouble]:
        """Return what went wrong, by question; the account's uid is a bonus once the rights are known."""
        bonus = Ask.UID if self.rights else None
        return {ask: a.trouble for ask, a in self.answers.items() if a.trouble and ask is not bonus}
