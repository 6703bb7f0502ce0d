"""The command that leads a person with a real key: what it asks for, where it stops, and what it must never say.

No test here asks for the database, so pytest-django proves that none is used.
"""

import getpass
import json
import sys
import urllib.request
from collections.abc import Callable
from contextlib import nullcontext
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.management import call_command

from tests.exchanges.asking import OURS
from trial import reference
from trial.management.commands import try_live

if TYPE_CHECKING:
    from tests.practice.rig import Rig

CONFIRM = "place one order on kucoin"
MONEY = {"USDT": "8157.4711", "BTC": "0.47118157"}


class Run:
    """One call of the command: how it ended, all that it said, and its report."""

    def __init__(self, code: int, said: str, file: Path) -> None:
        self.code, self.said, self.file = code, said, file

    @property
    def report(self) -> Any:
        return json.loads(self.file.read_text(encoding="utf-8"))


@pytest.fixture
def rig(practice: "Rig") -> "Rig":
    practice.control("DELETE", "faults")
    return practice


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rig: "Rig", tmp_path: Path
) -> Callable[..., Run]:
    """Return a caller of the command, whose exchange and whose reference are the practice exchange of the tests."""
    monkeypatch.setattr(settings, "EXCHANGE_URLS", {"kucoin": f"{rig.base}/kucoin"})
    monkeypatch.setattr(settings, "SERVER_IPS", OURS)
    monkeypatch.setattr(reference, "practice", lambda: nullcontext(rig.base))
    file = tmp_path / "report.json"

    def call(keys: Any, *arguments: str, exchange: str = "kucoin", confirm: str | None = None) -> Run:
        given = {**keys, "confirm": confirm} if confirm is not None and isinstance(keys, dict) else keys
        monkeypatch.setattr(sys, "stdin", StringIO(given if isinstance(given, str) else json.dumps(given)))
        with pytest.raises(SystemExit) as ended:
            call_command("try_live", "--exchange", exchange, "--report", str(file), *arguments)
        said = capsys.readouterr()
        return Run(int(ended.value.code or 0), said.out + said.err, file)

    return call


@pytest.fixture
def keys(rig: "Rig") -> Any:
    account = rig.new_account("kucoin", balances={"spot": MONEY}, sub_name="CanaryName47")["id"]
    return rig.new_key("kucoin", account=account, note="Canary Note 47", ips=list(OURS))


def test_without_the_sentence_nothing_is_sent(run: Callable[..., Run], rig: "Rig", keys: Any) -> None:
    ended = run(keys, confirm="yes, do it")

    assert ended.code == 0, ended.said
    assert "No order was placed." in ended.said
    assert rig.control("GET", f"journal?account={keys['account']}")["orders"] == []
    assert [step["step"] for step in ended.report["steps"]][:3] == ["check", "markets", "ticker"]


def test_with_the_sentence_one_order_is_placed_found_and_cancelled(
    run: Callable[..., Run], rig: "Rig", keys: Any
) -> None:
    ended = run(keys, confirm=CONFIRM)

    assert ended.code == 0, ended.said
    [order] = rig.control("GET", f"truth?slug=kucoin&account={keys['account']}")["orders"]
    assert (order["status"], order["side"], order["filled"]) == ("canceled", "buy", "0")
    assert [step["step"] for step in ended.report["steps"]][-1] == "find it cancelled by our id"


def test_nothing_of_the_key_or_the_account_is_said_or_written(run: Callable[..., Run], rig: "Rig", keys: Any) -> None:
    ended = run(keys, confirm=CONFIRM)

    [order] = rig.control("GET", f"truth?slug=kucoin&account={keys['account']}")["orders"]
    accounts = rig.control("GET", "accounts")["accounts"]
    uid = next(row["uid"] for row in accounts if row["id"] == keys["account"])
    told = ended.said + ended.file.read_text(encoding="utf-8")
    private = [keys["api_key"], keys["secret"], keys["passphrase"], uid, "CanaryName47", "Canary Note 47"]
    private += [order["id"], order["client_id"], *MONEY.values()]
    assert [value for value in private if value in told] == []


def test_the_report_is_its_owners_alone_and_never_written_over(run: Callable[..., Run], keys: Any) -> None:
    first = run(keys)
    again = run(keys)

    assert first.file.stat().st_mode & 0o777 == 0o600
    assert (first.code, again.code) == (0, 1)
    assert "that file is there already" in again.said


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("withdraw", "This key can withdraw."),
        ("unknown_right", "It is not proven what this key may do."),
        ("garbage", "The exchange did not tell what this key may do."),
    ],
)
def test_a_key_that_may_do_harm_ends_the_try(run: Callable[..., Run], rig: "Rig", case: str, why: str) -> None:
    ended = run(rig.tryout("kucoin", case), confirm=CONFIRM)

    assert ended.code == 1
    assert f"Stopped. {why}" in ended.said
    assert [step["step"] for step in ended.report["steps"]] == ["check"]


def test_a_key_that_cannot_trade_places_nothing(run: Callable[..., Run], rig: "Rig") -> None:
    ended = run(rig.tryout("kucoin", "read_only"), confirm=CONFIRM)

    assert ended.code == 1
    assert not [step for step in ended.report["steps"] if step["step"].startswith("place")]
    assert [step["said"] for step in ended.report["steps"] if step["step"] == "balances"] == ["read"]


def test_an_order_that_may_still_be_open_is_told_loudly(run: Callable[..., Run], rig: "Rig", keys: Any) -> None:
    rig.fault("503", slug="kucoin", method="DELETE")

    ended = run(keys, confirm=CONFIRM)

    assert ended.code == 1
    assert "AN ORDER MAY BE OPEN. Look at your open orders of BTC/USDT at KuCoin and cancel it there." in ended.said


@pytest.mark.parametrize(
    ("exchange", "given", "why"),
    [
        ("ftx", {}, "--exchange must be one of"),
        ("kucoin", "no json", "as JSON on standard input"),
        ("kucoin", {"api_key": "canary-4711"}, "KuCoin keys have api_key, secret, passphrase: one of them is missing"),
        ("kucoin", '["canary-4711"]', "KuCoin keys have"),
    ],
)
def test_a_wrong_call_says_how_it_is_meant_and_repeats_nothing(
    run: Callable[..., Run], exchange: str, given: Any, why: str
) -> None:
    ended = run(given, exchange=exchange)

    assert ended.code == try_live.USAGE
    assert why in ended.said
    assert "canary" not in ended.said
    assert not ended.file.exists()


def test_a_person_is_asked_for_each_part_without_echo(
    monkeypatch: pytest.MonkeyPatch, run: Callable[..., Run], keys: Any
) -> None:
    asked: list[str] = []

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return str(keys[("api_key", "secret", "passphrase")[len(asked) - 1]])

    def confirm(prompt: str) -> str:
        asked.append(prompt)
        return CONFIRM

    monkeypatch.setattr("builtins.input", confirm)
    monkeypatch.setattr(getpass, "getpass", answer)
    monkeypatch.setattr("tests.trial.test_try_live.StringIO", Terminal)

    ended = run("")

    assert ended.code == 0, ended.said
    assert [prompt.partition(":")[0] for prompt in asked[:3]] == ["API Key", "API Secret", "API Passphrase"]
    assert f"Type “{CONFIRM}” to do it" in asked[3]
    assert ended.report["steps"][-1]["step"] == "find it cancelled by our id"


def test_the_practice_exchange_is_started_in_memory_and_stopped() -> None:
    with reference.practice() as url:
        shown = reference.keys_of(url, "bitget")

    assert len(shown) == 3
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{url}/keys.json", timeout=1)  # noqa: S310 - our own loopback server
