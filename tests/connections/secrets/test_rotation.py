"""The vault's key changes while everything works, and a crash in between loses nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent
from backfuture import preparation
from connections.models import Connection, Secret, VaultKey
from connections.secrets import opening, rotation, vault
from connections.secrets.openings import KeyOpening
from connections.secrets.storing import store_secret
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, throw_away_sealer

pytestmark = [pytest.mark.django_db, pytest.mark.services]
KEY = {"api_key": "canary-key-0816", "secret": "canary-secret-0816"}
ROWS = 12


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", 5)


@pytest.fixture
def keys(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Give a vault of our own with one key."""
    vault.make_keypair(tmp_path)
    settings.VAULT_PRIVATE_KEYS_DIR = str(tmp_path / "vault")
    settings.VAULT_PUBLIC_KEY_FILE = str(tmp_path / "vault.pub")
    opening.opener.cache_clear()
    yield tmp_path
    opening.opener.cache_clear()


@pytest.fixture
def rows(keys: Path) -> list[Connection]:
    owner = make_user()
    return [store(make_connection(owner=owner)) for _ in range(ROWS)]


def store(connection: Connection) -> Connection:
    connection.secrets.all().delete()
    store_secret(connection, KEY, revision=1)
    return connection


def opens(rows: list[Connection]) -> bool:
    return all(opening.open_key(row, 1, purpose="test").api_key == KEY["api_key"] for row in rows)


def test_a_new_key_seals_everything_and_the_old_one_may_go(
    rows: list[Connection], keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (old,) = rotation.key_ids()
    assert opens(rows)

    call_command("rotate_vault", "--new-key")

    said = capsys.readouterr().out
    (new,) = rotation.key_ids()
    assert new != old
    assert f"No longer used: {old}" in said
    assert f"{ROWS} sealed with {new}, 0 to go" in said
    assert AuditEvent.objects.filter(action="vault.rotated", target=new).exists()
    # A worker that runs since before finds the new key by itself; the old one is not asked any more.
    (keys / "vault" / f"{old}.key").unlink()
    assert opens(rows)
    preparation.check_ring()


def test_the_new_key_is_private_and_there_before_anything_is_sealed_with_it(keys: Path) -> None:
    made = vault.add_key(keys / "vault", keys / "vault.pub")

    assert (keys / "vault" / f"{made}.key").stat().st_mode & 0o777 == 0o400
    assert vault.load_sealer(str(keys / "vault.pub")).key_id == made
    assert sorted(path.name for path in keys.iterdir()) == ["vault", "vault.pub"]


def test_after_a_crash_it_goes_on_with_what_is_left(rows: list[Connection], keys: Path) -> None:
    vault.add_key(keys / "vault", keys / "vault.pub")
    opener, sealer = rotation.ring()
    first = next(rotation.rotate(opener, sealer))
    assert (first.done, first.left) == (5, ROWS - 5)
    assert opens(rows)

    *_, last = rotation.rotate(opener, sealer)

    assert (last.done, last.left) == (ROWS - 5, 0)
    assert rotation.key_ids() == {sealer.key_id: ROWS}


def test_what_is_stored_or_destroyed_meanwhile_stays_as_it_is(rows: list[Connection], keys: Path) -> None:
    vault.add_key(keys / "vault", keys / "vault.pub")
    opener, sealer = rotation.ring()
    steps = rotation.rotate(opener, sealer)
    next(steps)
    rows[-1].secrets.all().delete()
    store(rows[-2])
    sealed = rows[-2].secrets.get().sealed

    *_, last = steps

    assert rotation.key_ids() == {sealer.key_id: ROWS - 1}
    assert rows[-2].secrets.get().sealed == sealed
    assert not rows[-1].secrets.exists()
    assert last.done == ROWS - 2


def test_a_row_that_changes_between_reading_and_writing_is_left_to_the_one_that_changed_it(
    rows: list[Connection], keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.add_key(keys / "vault", keys / "vault.pub")
    opener, sealer = rotation.ring()
    open_one = vault.Opener.open

    def destroyed_meanwhile(self: vault.Opener, sealed: str, context: vault.Context) -> dict[str, str]:
        opened = open_one(self, sealed, context)
        Secret.objects.filter(sealed=sealed, connection=rows[0]).delete()
        return opened

    monkeypatch.setattr(vault.Opener, "open", destroyed_meanwhile)
    *_, last = rotation.rotate(opener, sealer)

    assert last.done == ROWS - 1
    assert not rows[0].secrets.exists()


def test_a_secret_that_was_tampered_with_is_told_and_left(rows: list[Connection], keys: Path) -> None:
    first, second = rows[0].secrets.get(), rows[1].secrets.get()
    Secret.objects.filter(pk=first.pk).update(sealed=second.sealed)

    with pytest.raises(CommandError, match="1 stored keys do not open"):
        call_command("rotate_vault", "--new-key")

    assert sorted(rotation.key_ids().values()) == [1, ROWS - 1]
    assert AuditEvent.objects.filter(action="secret.tampered", target=f"connection:{rows[0].public_id}").exists()


def test_without_all_keys_nothing_is_begun(rows: list[Connection]) -> None:
    lost = throw_away_sealer().seal(KEY, rows[0].seal_context(1))
    Secret.objects.filter(connection=rows[0]).update(sealed=lost)

    with pytest.raises(CommandError, match=f"vault key {lost[3:11]} is missing"):
        call_command("rotate_vault")

    assert len(rotation.key_ids()) == 2


def test_a_place_that_takes_no_key_changes_nothing(rows: list[Connection], settings: Settings) -> None:
    before = rotation.key_ids()
    settings.VAULT_PRIVATE_KEYS_DIR = "/nowhere"

    with pytest.raises(CommandError, match="cannot be written"):
        call_command("rotate_vault", "--new-key")

    assert rotation.key_ids() == before


def test_readyz_names_the_key_that_workers_miss_until_it_is_back(
    rows: list[Connection], keys: Path, client: Client
) -> None:
    (old,) = rotation.key_ids()
    vault.add_key(keys / "vault", keys / "vault.pub")
    lost = (keys / "vault" / f"{old}.key").rename(keys / "lost.key")
    opening.opener.cache_clear()

    with pytest.raises(vault.VaultKeyMissingError):
        opening.open_key(rows[0], 1, purpose="test")
    assert VaultKey.objects.missed() == [old]
    with pytest.raises(vault.VaultKeyMissingError, match=old):
        preparation.check_ring()
    assert VaultKey.objects.missed() == [old]

    lost.rename(keys / "vault" / f"{old}.key")
    assert opens(rows)
    assert VaultKey.objects.missed() == []
    # Nor is one missed that seals nothing.
    VaultKey.objects.note("missed_at", ["aaaaaaaa"])
    assert VaultKey.objects.missed() == []


def test_rows_of_the_vault_name_themselves_and_no_secret() -> None:
    assert str(VaultKey(key_id="a1b2c3d4")) == "a1b2c3d4"
    assert str(KeyOpening(purpose="compare", count=3)) == "compare 3"
