"""Coinbase's answers, as recorded, read as what they are; its keys in every form that people paste."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from exchanges.errors import RawAnswer, classify
from exchanges.known.coinbase.check import SPEC, normalise, normalise_key, read_rights
from exchanges.proven import UnreadableError
from exchanges.rights import Right, UnprovenError
from exchanges.spec import Ask, Market
from tests.exchanges.asking import WIRE, check, recorded

NAME = "organizations/7f0a8a0e-54d1-4c5c-9d0e-8d3b1b1c2a11/apiKeys/0b0c5a52-1f6e-4b0e-a8e5-7f5d3c9a4e22"
EC = generate_private_key(SECP256R1())
SEC1 = EC.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode().strip()
PKCS8 = EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()
ED = Ed25519PrivateKey.generate()
SEED = ED.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
ED_LONG = base64.b64encode(SEED + ED.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
ED_SHORT = base64.b64encode(SEED).decode()
ED_PEM = ED.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
KEY, SECRET = SPEC.credentials


def body(name: str) -> Any:
    return json.loads((WIRE / "coinbase" / f"{name}.json").read_text())


@pytest.mark.parametrize("row", recorded("coinbase"), ids=lambda row: row["name"])
def test_a_refusal_has_its_cause(row: dict[str, Any]) -> None:
    text = row["body"] if isinstance(row["body"], str) else json.dumps(row["body"])

    trouble = classify(RawAnswer(status=row["status"], text=text, headers=row.get("headers", {})), SPEC.errors)

    assert trouble is not None
    assert row["cause"] in (None, trouble.cause)


@pytest.mark.parametrize(
    ("name", "granted", "unknown"),
    [
        ("rights_trade", {Right.READ, Right.TRADE}, ()),
        ("rights_read_only", {Right.READ}, ()),
        ("rights_transfer", {Right.READ, Right.TRADE, Right.WITHDRAW}, ()),
        ("rights_receive", {Right.READ, Right.TRADE, Right.EXTRA}, ()),
        ("rights_receive_off", {Right.READ, Right.TRADE}, ()),
        ("rights_unknown", {Right.READ, Right.TRADE}, ("can_manage",)),
        ("rights_unknown_off", {Right.READ, Right.TRADE}, ()),
        ("rights_none", set(), ()),
    ],
)
def test_permissions_become_rights(name: str, granted: set[Right], unknown: tuple[str, ...]) -> None:
    found = read_rights(body(name))

    assert (set(found.granted), found.unknown) == (granted, unknown)
    assert (found.ip_list, found.days_left, found.account_uid) == (None, None, "4e6c2f7a-0000-4000-8000-000000000001")


@pytest.mark.parametrize("name", ["rights_no_transfer_field", "rights_no_view_field"])
def test_a_permission_that_is_not_told_is_not_proven(name: str) -> None:
    with pytest.raises(UnprovenError):
        read_rights(body(name))


@pytest.mark.parametrize(
    "name",
    ["rights_empty", "rights_words_for_booleans", "rights_null_transfer", "rights_no_portfolio", "accounts", "time"],
)
def test_an_answer_without_its_fields_is_unreadable(name: str) -> None:
    with pytest.raises(UnreadableError):
        read_rights(body(name))


@pytest.mark.parametrize("ask", [Ask.TIME, Ask.BALANCES, Ask.ORDERS])
def test_recorded_answers_are_read(ask: Ask) -> None:
    recorded_as = {Ask.TIME: "time", Ask.BALANCES: "accounts", Ask.ORDERS: "open_orders"}
    questions = {q.ask: q for questions in SPEC.rounds[Market.SPOT] for q in questions}

    assert questions[ask].read(body(recorded_as[ask]))
    with pytest.raises(UnreadableError):
        questions[ask].read(body("rights_trade"))


MANGLED: dict[str, Callable[[str], str]] = {
    "as it is": lambda pem: pem,
    "with white space around it": lambda pem: f" \n{pem}\n\n",
    "with Windows line ends": lambda pem: pem.replace("\n", "\r\n"),
    "with literal line breaks": lambda pem: pem.replace("\n", "\\n") + "\\n",
    "with doubly escaped line breaks": lambda pem: pem.replace("\n", "\\\\n"),
    "in quotes": lambda pem: f'"{pem}",',
    "with spaces for line breaks": lambda pem: pem.replace("\n", " "),
    "with no line breaks": lambda pem: pem.replace("\n", ""),
    "as the whole file": lambda pem: json.dumps({"name": NAME, "privateKey": f"{pem}\n"}),
    "as a file with lines": lambda pem: json.dumps({"name": NAME, "privateKey": f"{pem}\n"}, indent=2),
}


@pytest.mark.parametrize("pem", [SEC1, PKCS8], ids=["sec1", "pkcs8"])
@pytest.mark.parametrize("how", MANGLED)
def test_a_pem_has_one_form_however_it_was_pasted(pem: str, how: str) -> None:
    assert SECRET.normalise(MANGLED[how](pem)) == pem
    assert re.fullmatch(SECRET.pattern, pem)


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        (ED_LONG, ED_LONG),
        (f" {ED_LONG}\n", ED_LONG),
        (f'"{ED_LONG}"', ED_LONG),
        (f"{ED_LONG[:64]}\n{ED_LONG[64:]}", ED_LONG),
        (json.dumps({"id": "x", "privateKey": ED_LONG}), ED_LONG),
        (ED_SHORT, ED_SHORT),
        (ED_PEM, ED_SHORT),
        (ED_PEM.replace("\n", "\\n"), ED_SHORT),
    ],
    ids=range(8),  # the keys are made anew by every process
)
def test_an_ed25519_key_becomes_one_line_of_base64(pasted: str, expected: str) -> None:
    assert normalise(pasted) == expected
    assert re.fullmatch(SECRET.pattern, expected)


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "secret",
        NAME,
        "{}",
        "[1]",
        "[" * 5_000,
        SEC1[:100],
        "-----BEGIN EC PRIVATE KEY-----",
        SEC1.partition("\n")[2].rpartition("\n")[0],
        SEC1.replace("EC PRIVATE", "PUBLIC"),
        "A" * 88,
    ],
    ids=range(11),
)
def test_anything_else_is_no_secret(pasted: str) -> None:
    assert not re.fullmatch(SECRET.pattern, normalise(pasted))


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        (NAME, NAME),
        (f'  "{NAME}",\n', NAME),
        (json.dumps({"name": NAME, "privateKey": SEC1}), NAME),
        (json.dumps({"id": NAME[-36:], "privateKey": ED_LONG}), NAME[-36:]),
    ],
    ids=range(4),
)
def test_a_key_name_is_found_in_what_was_pasted(pasted: str, expected: str) -> None:
    assert normalise_key(pasted) == expected
    assert re.fullmatch(KEY.pattern, expected)


@pytest.mark.parametrize("pasted", ["", "mx0abc", SEC1, "organizations/x/apiKeys/y", f"{NAME}/"], ids=range(5))
def test_anything_else_is_no_key_name(pasted: str) -> None:
    assert not re.fullmatch(KEY.pattern, normalise_key(pasted))


@pytest.mark.parametrize("secret", [SEC1, PKCS8, ED_LONG, ED_SHORT, normalise(ED_PEM)], ids=list("abcde"))
def test_every_normalised_form_signs_what_the_exchange_verifies(rig: Any, secret: str) -> None:
    keys = rig.new_key("coinbase", secret=secret)

    assert check(rig.base, "coinbase", keys).verdict.value == "online"


def test_a_refusal_in_doubt_is_asked_again_before_it_is_believed(rig: Any) -> None:
    keys = rig.new_key("coinbase")
    path = "/api/v3/brokerage/key_permissions"
    rig.fault("answer", slug="coinbase", path=path, status=401, body="Unauthorized", count=2)

    outcome = check(rig.base, "coinbase", keys)

    assert (outcome.verdict.value, outcome.facts.requests) == ("online", 6)


def test_a_refusal_names_everything_that_it_can_mean(rig: Any) -> None:
    outcome = check(rig.base, "coinbase", rig.tryout("coinbase", "wrong_ip"))

    assert (outcome.decisive, outcome.facts.requests) == (["key.invalid"], 4)
    assert "IP allowlist" in outcome.text
    assert "127.0.0.1" in outcome.text


def test_a_pem_with_literal_line_breaks_is_malformed_without_a_request(rig: Any) -> None:
    keys = {**rig.tryout("coinbase", "good"), "secret": SEC1.replace("\n", "\\n")}

    assert check(rig.base, "coinbase", keys).decisive == ["key.malformed"]
