"""What opens a channel for messages is sealed like a key, and sealed anew with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from connections.secrets import channels, opened_channels, opening, vault
from messaging.choices import Via
from messaging.models import Channel
from tests.messaging.factories import TOLD, make_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Give a vault of our own with one key."""
    vault.make_keypair(tmp_path)
    settings.VAULT_PRIVATE_KEYS_DIR = str(tmp_path / "vault")
    settings.VAULT_PUBLIC_KEY_FILE = str(tmp_path / "vault.pub")
    opening.opener.cache_clear()
    yield tmp_path
    opening.opener.cache_clear()


def test_it_opens_for_that_channel_alone() -> None:
    one, other = make_channel(Via.TELEGRAM), make_channel(Via.TELEGRAM)

    assert TOLD[Via.TELEGRAM]["token"] not in one.sealed
    assert opened_channels.open_channel(str(one.public_id), one.sealed) == TOLD[Via.TELEGRAM]
    with pytest.raises(vault.SealBrokenError):
        opened_channels.open_channel(str(other.public_id), one.sealed)


def test_a_new_key_of_the_vault_seals_channels_anew_and_leaves_what_does_not_open(
    keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, broken = make_channel(Via.DISCORD), make_channel(Via.NTFY)
    Channel.objects.filter(pk=broken.pk).update(sealed=good.sealed)
    (old,) = channels.key_ids()

    call_command("rotate_vault", new_key=True)
    call_command("rotate_vault")

    said = capsys.readouterr()
    good.refresh_from_db()
    opening.opener.cache_clear()
    assert opened_channels.open_channel(str(good.public_id), good.sealed) == TOLD[Via.DISCORD]
    assert not good.sealed.startswith(f"v1.{old}.")
    assert Channel.objects.get(pk=broken.pk).sealed.startswith(f"v1.{old}.")
    assert said.err.count("1 channels for messages do not open") == 2
    assert f"No longer used: {old}" not in said.out


def test_mail_needs_no_key(keys: Path) -> None:
    make_channel(Via.MAIL)

    assert channels.key_ids() == set()


def test_a_browser_is_sealed_for_its_channel_alone_and_sealed_anew(keys: Path) -> None:
    browser, other = make_channel(Via.PUSH), make_channel(Via.NTFY)
    assert TOLD[Via.PUSH]["auth"] not in browser.sealed
    with pytest.raises(vault.SealBrokenError):
        opened_channels.open_channel(str(other.public_id), browser.sealed)

    call_command("rotate_vault", new_key=True)

    anew = Channel.objects.get(pk=browser.pk)
    opening.opener.cache_clear()
    assert anew.sealed != browser.sealed
    assert opened_channels.open_channel(str(anew.public_id), anew.sealed) == TOLD[Via.PUSH]
