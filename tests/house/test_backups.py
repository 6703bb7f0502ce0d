"""A backup is whole, secret and tried, and comes back into an empty place without anything of the past going on."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from accounts import audit
from accounts.models import AuditEvent, OutgoingMail, User, WebSession
from accounts.trail import sealing
from accounts.trail.verify import verify
from backfuture.backups import elsewhere, making, postgres
from backfuture.backups import manifest as manifests
from connections.models import Connection, Secret
from connections.secrets import opening, rotation, vault
from connections.secrets.storing import store_secret
from strategies.choices import BotState, OrderState, SignalState, StopLevel
from strategies.models import Bot, Funds, Order, Signal, StopSwitch
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group, make_order

pytestmark = pytest.mark.django_db(transaction=True)
# Each makes the whole schema anew two times or three: on PostgreSQL only what is another thing there.
on_postgresql_too = pytest.mark.services
CANARY = "canary-api-key-4711"
Said = pytest.CaptureFixture[str]


@pytest.fixture
def house(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Return an installation's directory: keys, anchors and backups of its own."""
    vault.make_keypair(tmp_path)
    settings.VAULT_PRIVATE_KEYS_DIR = str(tmp_path / "vault")
    settings.VAULT_PUBLIC_KEY_FILE = str(tmp_path / "vault.pub")
    settings.BACKUP_PUBLIC_KEY_FILE = str(tmp_path / "backup.pub")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchor.jsonl")
    settings.VAR_DIR = tmp_path
    opening.opener.cache_clear()
    yield tmp_path
    opening.opener.cache_clear()


@pytest.fixture
def bot(house: Path) -> Bot:
    """Return an enabled bot on a connection whose key opens."""
    return make_bot(connection=keyed(make_connection(owner=make_user(email="ada@example.test"))), state="enabled")


def keyed(one: Connection) -> Connection:
    one.secrets.all().delete()
    store_secret(one, {"api_key": CANARY, "secret": CANARY}, revision=1)
    return one


def back_up(house: Path, *options: str) -> Path:
    call_command("backup", "--to", str(house / "backups"), *options)
    return max((house / "backups").glob("backfuture-*"))


def restore(place: Path, *options: str) -> None:
    call_command("restore", str(place), *options)


def is_counted(table: str) -> bool:
    """Say whether PostgreSQL knows what it plans by of a table; SQLite plans without."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stats WHERE tablename = %s", [table])
        return cursor.fetchone() is not None


def test_it_says_what_it_tried_and_names_no_key(bot: Bot, house: Path, capsys: Said) -> None:
    place = back_up(house)

    said = capsys.readouterr().out
    assert "Tried: " in said
    assert "1 API keys opened" in said
    assert AuditEvent.objects.filter(action="product.backed_up", target=place.name).exists()
    written = b"".join(path.read_bytes() for path in place.iterdir())
    key_file = next((house / "backup").glob("*.key"))
    assert [word for word in (b"ada@example.test", CANARY.encode(), key_file.read_bytes()) if word in written] == []
    assert [path for path in (house / "backups").iterdir() if path != place] == []


@on_postgresql_too
def test_it_comes_back_whole_into_an_empty_place(bot: Bot, house: Path) -> None:
    place = back_up(house)
    events = AuditEvent.objects.count()
    with making.backend().room(house):
        restore(place)

        assert User.objects.get().email == "ada@example.test"
        (secret,) = Secret.objects.select_related("connection__owner")
        opened = vault.load_opener(str(house / "vault")).open(secret.sealed, secret.connection.seal_context(1))
        assert opened["api_key"] == CANARY
        assert AuditEvent.objects.filter(action="product.restored", target=place.name).exists()
        assert AuditEvent.objects.count() >= events
        lines = (house / "anchor.jsonl").read_text().splitlines() if (house / "anchor.jsonl").exists() else []
        assert verify(sealing.in_force(lines)).broken is None
        assert is_counted("strategies_bot")


def test_the_trail_goes_on_where_later_anchors_know_more(bot: Bot, house: Path) -> None:
    audit.record("bot.enabled", target=bot)
    sealing.seal(timezone.now())
    place = back_up(house)
    make_user(email="later@example.test")
    call_command("backup", "--to", str(house / "later"))
    sealing.seal(timezone.now())
    sealing.anchor(timezone.now())
    with making.backend().room(house):
        restore(place)

        anchors = house / "anchor.jsonl"
        assert sealing.in_force(anchors.read_text().splitlines())[-1].is_restored
        call_command("verify_audit", "--anchors", str(anchors))
        cut = [line for line in anchors.read_text().splitlines() if "restored" not in line]
        anchors.write_text("\n".join(cut) + "\n")
        with pytest.raises(CommandError, match="broken"):
            call_command("verify_audit", "--anchors", str(anchors))


def test_nothing_of_the_past_goes_on(bot: Bot, house: Path, mails_wait: None) -> None:
    group = make_group(bot=bot)
    intended = make_order(group=group, purpose="add_on", state=OrderState.INTENDED)
    Bot.objects.filter(pk=bot.pk).update(signal_hash="h" * 64)
    Signal.objects.create(bot=bot, key="1", pair="BTC/USDT", wish="long")
    Funds.objects.create(connection=bot.connection, reconciled_at=timezone.now())
    place = back_up(house)
    with making.backend().room(house):
        restore(place)

        order = Order.objects.get(client_id=intended.client_id)
        assert (order.state, order.sends) == (OrderState.UNKNOWN, 1)
        assert Signal.objects.get().state == SignalState.HANDLED
        assert Bot.objects.get().signal_hash is None
        assert Bot.objects.get().state == BotState.ENABLED
        here = Connection.objects.get()
        assert (here.status, here.is_proven(timezone.now())) == ("untested", False)
        funds = Funds.objects.get()
        assert funds.restored_from is not None
        assert funds.reconciled_at is None
        assert set(StopSwitch.objects.values_list("level", "is_restored")) == {("add_ons", True), ("add_ons", False)}
        assert WebSession.objects.count() == 0
        assert [mail.to for mail in OutgoingMail.objects.all()] == ["ada@example.test"]


def test_a_harder_stop_stays(bot: Bot, house: Path) -> None:
    StopSwitch.objects.create(is_global=True, level=StopLevel.ORDERS)
    place = back_up(house)
    with making.backend().room(house):
        restore(place)

        assert StopSwitch.objects.get(is_global=True).level == StopLevel.ORDERS


def test_a_database_to_try_it_in_is_made_and_dropped_however_long_that_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = MagicMock()
    monkeypatch.setattr(elsewhere, "database", lambda **changes: ran)
    cursor = ran.__enter__().cursor().__enter__()

    with postgres.room(tmp_path) as is_there:
        assert is_there

    statements = [call.args[0] for call in cursor.execute.call_args_list]
    said = [one if one in postgres.LONG else one.split()[0] for one in statements]
    assert said == [*postgres.LONG, "CREATE", *postgres.LONG, "DROP"]


@on_postgresql_too
def test_nothing_is_overwritten(bot: Bot, house: Path) -> None:
    place = back_up(house)

    with pytest.raises(CommandError, match="not empty"):
        restore(place)

    assert Bot.objects.get().pk == bot.pk


@pytest.mark.parametrize("name", [manifests.DATABASE, manifests.KEYS, manifests.NAME])
@pytest.mark.parametrize("how", ["spoiled", "half", "missing"])
def test_a_spoiled_or_half_written_backup_restores_nothing(bot: Bot, house: Path, name: str, how: str) -> None:
    path = back_up(house) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink() if how == "missing" else path.write_bytes(data if how == "spoiled" else data[: len(data) // 2])

    with making.backend().room(house):
        with pytest.raises(CommandError, match="Nothing was restored"):
            restore(path.parent)
        assert tables() == []


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return list(connection.introspection.table_names(cursor))


def test_a_manifest_that_somebody_made_is_no_backup(bot: Bot, house: Path, settings: Settings) -> None:
    settings.FINGERPRINT_KEY = "somebody-elses-" + "x" * 40
    place = back_up(house)
    settings.FINGERPRINT_KEY = configured.FINGERPRINT_KEY + "1"

    with making.backend().room(house), pytest.raises(CommandError, match="FINGERPRINT_KEY"):
        restore(place)


def test_a_wrong_key_opens_nothing(bot: Bot, house: Path) -> None:
    place = back_up(house)
    vault.add_key(make_directory(house / "other"), house / "other.pub")

    with making.backend().room(house):
        with pytest.raises(CommandError, match="not among those given"):
            restore(place, "--backup-keys", str(house / "other"))
        assert tables() == []


def make_directory(path: Path) -> Path:
    path.mkdir()
    return path


def test_without_the_vaults_key_nothing_is_restored(bot: Bot, house: Path, settings: Settings) -> None:
    place = back_up(house)
    settings.VAULT_PRIVATE_KEYS_DIR = str(make_directory(house / "no keys"))

    with making.backend().room(house), pytest.raises(CommandError, match="put the installation's keys here first"):
        restore(place)


@on_postgresql_too
def test_a_key_that_was_deleted_does_not_come_back(bot: Bot, house: Path, capsys: Said) -> None:
    kept = keyed(make_connection(owner=bot.connection.owner))
    place = back_up(house)
    bot.connection.secrets.all().delete()
    call_command("rotate_vault", "--new-key")
    assert len(rotation.key_ids()) == 1
    (house / "backups" / "newer").mkdir()
    call_command("backup", "--to", str(house / "backups" / "newer"))
    newer = next((house / "backups" / "newer").glob("backfuture-*"))
    with making.backend().room(house):
        restore(place, "--keys-of", str(newer))

        assert "1 API keys that were deleted since" in capsys.readouterr().out
        (left,) = Secret.objects.select_related("connection__owner")
        assert left.connection.public_id == kept.public_id
        opened = vault.load_opener(str(house / "vault")).open(left.sealed, left.connection.seal_context(1))
        assert opened["api_key"] == CANARY


def test_keys_that_are_older_than_the_backup_are_refused(bot: Bot, house: Path) -> None:
    older = back_up(house)
    call_command("backup", "--to", str(house / "newer"))
    newer = next((house / "newer").glob("backfuture-*"))
    older_made, newer_made = manifests.read(older).made_at, manifests.read(newer).made_at
    assert older_made < newer_made

    with making.backend().room(house), pytest.raises(CommandError, match="older than the backup"):
        restore(newer, "--keys-of", str(older))


def test_backups_and_their_keys_end(house: Path) -> None:
    now, directory = timezone.now(), house / "backups"
    for days in (1, 2, 8, 31):
        place = directory / f"backfuture-{now - timedelta(days=days):{making.STAMP}}"
        place.mkdir(parents=True)
        (place / manifests.KEYS).touch()

    told: list[str] = []
    making.prune(directory, now=now, days=30, keys_days=7, tell=told.append)

    left = sorted(directory.iterdir(), reverse=True)
    assert [(place / manifests.KEYS).exists() for place in left] == [True, True, False]
    assert len(told) == 2


def test_an_older_schema_is_brought_up_to_date(bot: Bot, house: Path) -> None:
    """The columns of the last migration are taken away first: that is what a backup of last month looks like."""
    with making.backend().room(house):
        call_command("migrate", verbosity=0)
        User.objects.create_user("old@example.test")
        call_command("migrate", "strategies", "0022_orders_by_end", verbosity=0)
        place = back_up(house)
        assert manifests.read(place).migrations["strategies"] == ["0022_orders_by_end"]
    (house / "room").mkdir()
    with making.backend().room(house / "room"):
        restore(place)

        assert User.objects.get().email == "old@example.test"
        assert Funds.objects.filter(restored_from=None).count() == 0


@on_postgresql_too
def test_a_backup_is_of_one_moment_while_others_write(bot: Bot, house: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite copies its file under one lock.")
    with postgres.snapshot(house, set()):
        before = making.counts()["accounts_user"]
        here = connections["default"]
        with elsewhere.database(CONN_MAX_AGE=0) as other:
            assert other is not here
            User.objects.create_user("meanwhile@example.test")
        assert making.counts()["accounts_user"] == before
