"""A planted key looks like any other, no worker comes by it, and whose hands open it all the same are told of."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent, User
from connections.models import Connection, KeyOpening, Secret
from connections.secrets import opening, planted, rotation
from exchanges import registry
from tests.connections.secrets.test_opening import KEY
from workers.models import Alarm

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def bait() -> Connection:
    return planted.plant(email="bait@example.test", name="Main account")


def test_it_is_opened_silently_and_the_alarm_rings(bait: Connection) -> None:
    key = opening.open_key(bait, bait.revision, purpose="order")

    assert planted.is_planted(key.api_key)
    assert Alarm.objects.get().name == "vault.planted_key"
    assert AuditEvent.objects.get(action="vault.planted_key").target == f"connection:{bait.public_id}"
    assert KeyOpening.objects.get().purpose == "vault.planted_key"


def test_each_opening_rings(bait: Connection) -> None:
    for _ in range(3):
        opening.open_key(bait, bait.revision, purpose="order")

    assert Alarm.objects.get().count == KeyOpening.objects.get().count == 3


def test_no_other_key_rings() -> None:
    assert not any(planted.is_planted(key) for key in ("", "k" * 24, KEY["api_key"], "ab" * 12, "ключ"))
    made = [planted.make_api_key() for _ in range(20)]
    assert all(map(planted.is_planted, made))
    assert not any(planted.is_planted(key[:-1] + ("0" if key[-1] != "0" else "1")) for key in made)


def test_who_has_not_our_own_key_cannot_tell_it(bait: Connection, settings: object) -> None:
    key = opening.open_key(bait, bait.revision, purpose="order").api_key

    settings.FINGERPRINT_KEY = "another"  # type: ignore[attr-defined]

    assert not planted.is_planted(key)


def test_its_form_is_that_of_a_key_of_its_exchange(bait: Connection) -> None:
    key = opening.open_key(bait, bait.revision, purpose="order")
    given = {"api_key": key.api_key, "secret": key.secret, "passphrase": key.passphrase}

    for wanted in registry.get(bait.exchange).credentials:
        assert given[wanted.name]


def test_no_worker_comes_by_it_and_nobody_signs_in_with_it(bait: Connection) -> None:
    assert not Connection.objects.alive().filter(pk=bait.pk).exists()
    owner = User.objects.get(email="bait@example.test")
    assert not owner.is_active
    assert not owner.has_usable_password()


def test_a_vault_key_that_is_changed_takes_it_along_and_rings_nothing(bait: Connection) -> None:
    opener, sealer = rotation.ring()

    list(rotation.rotate(opener, sealer))

    assert Secret.objects.filter(connection=bait).exists()
    assert not Alarm.objects.exists()


def test_the_command_says_what_it_planted_and_refuses_an_address_that_is_taken() -> None:
    out = StringIO()
    call_command("plant_key", "bait@example.test", stdout=out)
    assert str(Connection.objects.get().public_id) in out.getvalue()
    assert planted.is_planted(opening.open_key(Connection.objects.get(), 1, purpose="check").api_key)

    with pytest.raises(CommandError, match="address already"):
        call_command("plant_key", "BAIT@example.test")
    assert Connection.objects.count() == 1
