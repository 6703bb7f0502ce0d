"""A breach is contained by one command: nothing trades, nobody is signed in, no key counts, and people can be told."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.by import PRODUCT
from accounts.freeze import freeze_of
from accounts.models import AuditEvent, User, WebSession
from connections.models import Connection, Secret
from strategies.choices import BotState, StopLevel
from strategies.models import Bot, StopSwitch
from strategies.signals import inbox
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


def trader(number: int, name: str = "") -> Bot:
    """Return the enabled bot of a trader of his own, with a key, an address for signals and an open session."""
    owner = make_user(email=f"trader{number}@example.test", display_name=name)
    bot = make_bot(connection=make_connection(owner=owner))
    inbox.make_address(bot, by=PRODUCT)
    return bot


def lockdown(people: Path, *options: str) -> list[dict[str, str]]:
    call_command("lockdown", "--yes", "--people", str(people), *options)
    with people.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_nothing_trades_and_nobody_is_in_after_it(tmp_path: Path, client: Client) -> None:
    bots = [trader(1), trader(2)]
    sign_in(client, bots[0].connection.owner)

    lockdown(tmp_path / "people.csv")

    assert StopSwitch.objects.get(is_global=True).level == StopLevel.ORDERS
    assert WebSession.objects.count() == 0
    assert client.get(reverse("bots")).status_code == 302
    assert set(Bot.objects.values_list("signal_hash", flat=True)) == {None}
    assert all(freeze_of(user) for user in User.objects.all())
    assert not any(one.has_proof(one.created_at) for one in Connection.objects.all())
    assert set(Connection.objects.values_list("status", "next_check_at")) == {("untested", None)}
    assert Secret.objects.count() == 2
    told = set(AuditEvent.objects.values_list("action", flat=True))
    assert told >= {"everybody.paused", "lockdown.sessions_ended", "account.frozen", "secret.frozen"}


def test_an_enabled_bot_is_halted_and_says_why(tmp_path: Path) -> None:
    bot = trader(1)
    Bot.objects.filter(pk=bot.pk).update(state=BotState.ENABLED, enabled_at=bot.created_at)

    lockdown(tmp_path / "people.csv")

    bot.refresh_from_db()
    assert (bot.state, bot.halt_reason) == (BotState.HALTED, "lockdown")


def test_keys_are_destroyed_where_that_is_asked_for_and_still_listed(tmp_path: Path) -> None:
    trader(1)

    rows = lockdown(tmp_path / "people.csv", "--destroy-keys")

    assert Secret.objects.count() == 0
    assert [row["e-mail"] for row in rows] == ["trader1@example.test"]


def test_the_list_says_whom_to_tell_of_which_key_and_calculates_nothing(tmp_path: Path) -> None:
    bot = trader(1, name="=cmd()")
    path = tmp_path / "people.csv"

    (row,) = lockdown(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert row["name"] == "'=cmd()"
    assert (row["key ends in"], row["connection"]) == (bot.connection.key_hint, bot.connection.name)
    assert row["to do"].startswith("Delete this key at the exchange")


def test_it_goes_on_where_it_was_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trader(1)
    with monkeypatch.context() as broken:
        broken.setattr("connections.flows.take_back", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            lockdown(tmp_path / "first.csv")

    rows = lockdown(tmp_path / "second.csv")

    assert len(rows) == 1
    assert set(Connection.objects.values_list("status", flat=True)) == {"untested"}


def test_it_is_not_done_by_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    with pytest.raises(CommandError, match="Nothing was done"):
        call_command("lockdown")

    (tmp_path / "people.csv").touch()
    with pytest.raises(CommandError, match="could not be written"):
        call_command("lockdown", "--yes", "--people", str(tmp_path / "people.csv"))

    assert StopSwitch.objects.get(is_global=True).level == StopLevel.ORDERS
