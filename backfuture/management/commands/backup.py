"""backup: copy the database and the keys of its secrets while everything runs, and try the copy at once."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import audit
from backfuture.backups import making, restoring
from backfuture.backups.sealed import BackupError
from connections.secrets import vault


class Command(BaseCommand):
    help = "Make a backup, restore it into a scratch place, compare both, and take away what is too old."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BACKUPS_DIR or None, metavar="DIRECTORY")
        parser.add_argument("--keep-days", type=int, default=settings.BACKUPS_KEPT_DAYS)
        parser.add_argument("--keep-keys-days", type=int, default=settings.BACKUP_KEYS_KEPT_DAYS)
        parser.add_argument("--new-key", type=Path, metavar="DIRECTORY", help="make the key that opens backups there")

    def handle(
        self,
        *args: object,
        to: Path | None,
        keep_days: int,
        keep_keys_days: int,
        new_key: Path | None,
        **options: object,
    ) -> None:
        if to is None:
            raise CommandError("Say where: --to DIRECTORY, or BACKUPS_DIR.")
        try:
            sealer = making.sealer(new_key, tell=self.stdout.write)
            now = timezone.now()
            place, key = making.make(to, sealer, now=now)
            self.stdout.write(f"{place}: written, sealed to the key {sealer.key_id}.")
            told = restoring.try_out(place, key)
        except OSError as error:
            raise CommandError(f"No backup was made: {error.strerror}: {error.filename}.") from None
        except (BackupError, vault.VaultError) as error:
            raise CommandError(f"This is no good backup: {error}.") from None
        if told is None:
            self.stdout.write("Not tried: this role may make no database. Its checksums are right.")
        else:
            opened = "" if told.opened is None else f", {told.opened} API keys opened"
            self.stdout.write(f"Tried: {told.rows} rows, {told.events} events of the audit trail{opened}.")
        audit.record("product.backed_up", target=place.name)
        making.prune(to, now=now, days=keep_days, keys_days=keep_keys_days, tell=self.stdout.write)
