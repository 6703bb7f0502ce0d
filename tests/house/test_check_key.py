"""The command that other tools call: its exit codes and its JSON are promises.

No test here asks for the database, so pytest-django proves that none is used.
"""

import json
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.management import call_command

from tests.exchanges.hosts import answer, serving
from tests.house.services import python

if TYPE_CHECKING:
    from tests.practice.rig import Rig

SHAPE = {
    "verdict",
    "findings",
    "rights",
    "unknown_rights",
    "ip_list",
    "expires_on",
    "account_uid",
    "requests",
    "elapsed_ms",
}
CANARY = {"api_key": "canary-key-4711", "secret": "canary-secret-4711", "passphrase": "canary-passphrase-4711"}


class Run:
    """One call of the command: how it ended and all that it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def rig(practice: "Rig") -> "Rig":
    practice.control("DELETE", "faults")
    return practice


def check_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str, stdin: object = ""
) -> Run:
    monkeypatch.setattr(sys, "stdin", StringIO(stdin if isinstance(stdin, str) else json.dumps(stdin)))
    with pytest.raises(SystemExit) as ended:
        call_command("check_key", *arguments)
    said = capsys.readouterr()
    return Run(int(ended.value.code or 0), said.out, said.err)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rig: "Rig") -> Any:
    """Return a caller of the command whose live exchanges are the practice one's (EXCHANGE_URLS)."""
    urls = {slug: f"{rig.base}/{slug}" for slug in ("mexc", "kucoin")}
    monkeypatch.setattr(settings, "EXCHANGE_URLS", urls)
    return lambda *arguments, stdin="": check_key(monkeypatch, capsys, *arguments, stdin=stdin)


@pytest.mark.parametrize(
    ("slug", "case", "code", "verdict"),
    [
        ("kucoin", "good", 0, "online"),
        ("mexc", "good", 0, "online"),
        ("kucoin", "withdraw", 1, "error"),
        ("mexc", "wrong_ip", 1, "error"),
        ("kucoin", "garbage", 2, "temporary"),
        ("mexc", "garbage", 2, "temporary"),
    ],
)
def test_the_exit_code_is_the_verdict(run: Any, rig: "Rig", slug: str, case: str, code: int, verdict: str) -> None:
    done = run("--exchange", slug, "--json", stdin=rig.tryout(slug, case))

    assert (done.code, done.json["verdict"]) == (code, verdict)


def test_the_report_has_the_promised_shape(run: Any, rig: "Rig") -> None:
    report = run("--exchange", "kucoin", "--json", stdin=rig.tryout("kucoin", "good")).json

    assert set(report) == SHAPE
    assert report["findings"] == []
    assert report["rights"] == ["read", "trade"]
    assert (report["unknown_rights"], report["ip_list"], report["expires_on"]) == ([], ["127.0.0.1"], None)
    assert isinstance(report["account_uid"], str)
    assert 0 < report["requests"] <= 5
    assert isinstance(report["elapsed_ms"], int)


def test_a_finding_has_a_code_a_level_a_text_and_a_hint(run: Any, rig: "Rig") -> None:
    report = run("--exchange", "mexc", "--json", stdin=rig.tryout("mexc", "expiring_soon")).json

    assert [set(one) for one in report["findings"]] == [{"code", "level", "text", "hint"}] * len(report["findings"])
    assert ("life.expires_soon", "warning") in {(one["code"], one["level"]) for one in report["findings"]}
    assert report["expires_on"] is not None
    assert report["ip_list"] == []


def test_what_could_not_be_read_is_null_or_empty(run: Any, rig: "Rig") -> None:
    report = run("--exchange", "kucoin", "--json", stdin=rig.tryout("kucoin", "garbage")).json

    assert (report["rights"], report["ip_list"], report["account_uid"]) == ([], None, None)


def test_an_unknown_right_is_named(run: Any, rig: "Rig") -> None:
    report = run("--exchange", "kucoin", "--json", stdin=rig.tryout("kucoin", "unknown_right")).json

    assert len(report["unknown_rights"]) == 1


@pytest.mark.parametrize(("case", "code"), [("futures", 0), ("no_futures", 1)])
def test_the_market_decides_which_rights_are_needed(run: Any, rig: "Rig", case: str, code: int) -> None:
    done = run("--exchange", "kucoin", "--market", "futures", "--json", stdin=rig.tryout("kucoin", case))

    assert done.code == code


def test_without_json_it_speaks_to_people(run: Any, rig: "Rig") -> None:
    done = run("--exchange", "kucoin", stdin=rig.tryout("kucoin", "withdraw"))

    assert done.code == 1
    assert done.out.startswith("error (4 requests, ")
    assert "right.withdraw (blocker): Refused: this key can withdraw funds" in done.out


def test_the_practice_exchange_can_be_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rig: "Rig"
) -> None:
    done = check_key(
        monkeypatch, capsys, "--exchange", "mexc", "--practice", "--json", stdin=rig.tryout("mexc", "good")
    )

    assert done.code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--exchange",),
        ("--exchange", "nowhere"),
        ("--exchange", "../kucoin"),
        ("--exchange", "kucoin", "--market", "margin"),
        ("--exchange", "kucoin", "--no-such-option"),
        ("--exchange", "kucoin", "more"),
    ],
)
def test_a_wrong_call_is_told_from_a_verdict(run: Any, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, stdin=CANARY)

    assert (done.code, done.out) == (64, "")
    assert done.err.startswith("check_key: ")
    assert "canary" not in done.err


@pytest.mark.parametrize(
    "text",
    [
        "",
        "canary",
        '{"api_key": "canary',
        "[]",
        "null",
        '"canary"',
        '{"api_key": "canary"}',
        '{"secret": "canary"}',
        '{"api_key": "", "secret": "canary"}',
        '{"api_key": ["canary"], "secret": {"canary": 1}}',
        "[" * 100_000,
        '{"api_key":' * 50_000,
    ],
)
def test_credentials_that_are_none_are_a_wrong_call_and_not_repeated(run: Any, text: str) -> None:
    done = run("--exchange", "mexc", "--json", stdin=text)

    assert (done.code, done.out) == (64, "")
    assert "canary" not in done.err


def test_white_space_of_the_clipboard_is_taken_off(run: Any, rig: "Rig") -> None:
    keys = {name: f" {value}\n" for name, value in rig.tryout("kucoin", "good").items()}

    assert run("--exchange", "kucoin", "--json", stdin=keys).code == 0


@pytest.mark.parametrize("kind", ["503", "reset", "html_200", "redirect", "gzip_bomb", "401_html"])
def test_nothing_of_the_key_is_said_whatever_happens(run: Any, rig: "Rig", kind: str) -> None:
    keys = rig.tryout("kucoin", "good")
    rig.fault(kind, slug="kucoin")

    for form in (["--json"], []):
        done = run("--exchange", "kucoin", *form, stdin=keys)

        assert done.code == 2
        assert not any(keys[name] in done.out + done.err for name in ("api_key", "secret", "passphrase"))


@pytest.mark.parametrize("part", list(CANARY))
@pytest.mark.parametrize("text", ["\x00", "\ud800", "line\nbreak", "x" * 50_000])
def test_hostile_credentials_end_in_a_verdict(run: Any, rig: "Rig", part: str, text: str) -> None:
    keys = {**rig.tryout("kucoin", "good"), part: f"a{text}b"}

    assert run("--exchange", "kucoin", "--json", stdin=keys).code in (1, 2)


def test_the_addresses_of_exchanges_come_from_the_environment() -> None:
    with serving(answer(b'{"code":"400003","msg":"?"}', status="401 Unauthorized")) as host:
        done = subprocess.run(
            [sys.executable, "manage.py", "check_key", "--exchange", "kucoin", "--json"],
            cwd=settings.BASE_DIR,
            env={
                **_environment(),
                "EXCHANGE_URLS": f"kucoin={host.base}/mirror",
                "DATABASE_URL": "sqlite:////nowhere/x",
            },
            input=json.dumps(CANARY),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (done.returncode, json.loads(done.stdout)["findings"][0]["code"]) == (1, "key.invalid")
    assert all(head.split()[1].startswith(b"/mirror/") for head in host.heads)
    assert done.stderr == ""
    assert "canary" not in done.stdout


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "backfuture.settings"}


def test_a_mistyped_address_of_an_exchange_is_a_plain_error() -> None:
    done = python("manage.py", "check_key", "--exchange", "kucoin", EXCHANGE_URLS="kucoin")

    assert done.returncode not in (0, 2)
