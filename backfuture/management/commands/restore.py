"""restore: bring a backup back into an empty database, and let nothing of the past go on unasked."""

import time
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backfuture.backups import arrival, making, restoring
from backfuture.backups.sealed import BackupError
from connections.secrets import vault

NEXT = """Nothing is bought until you say so: every bot is paused for entries and add-ons. Now
  1. start everything; keys are tested, and books compared with the exchanges, by themselves;
  2. ./run audit_books: what differs from the exchanges is told;
  3. ./run stop none: from then on each trader ends the pause of their own bots."""


class Command(BaseCommand):
    help = "Restore a backup into an empty database; docs/backups.md says what must be where before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, help="the directory of the backup")
        parser.add_argument("--keys-of", type=Path, default=None, help="a newer backup: its keys, its deletions")
        parser.add_argument(
            "--backup-keys", type=Path, default=None, metavar="DIRECTORY", help="where the keys are that open backups"
        )

    def handle(
        self, *args: object, backup: Path, keys_of: Path | None, backup_keys: Path | None, **options: object
    ) -> None:
        began, keys = time.monotonic(), keys_of or restoring.newest_keys(backup)
        where = backup_keys or Path(settings.BACKUP_PUBLIC_KEY_FILE or "backup.pub").with_name("backup")
        try:
            restoring.refuse_running()
            manifest = restoring.check_files(backup, keys)
            restoring.refuse_other_keys(manifest)
            restoring.refuse_full()
            ring = vault.load_opener(str(where)).ring
            with making.backend().landing():
                told = restoring.unpack(backup, keys, ring, manifest=manifest)
                made_at = datetime.fromisoformat(manifest.made_at)
                arrival.arrive(backup=manifest.name, made_at=made_at, now=timezone.now())
        except vault.VaultError as error:
            raise CommandError(f"Nothing was restored: no key to open backups in {where} ({error}).") from None
        except BackupError as error:
            raise CommandError(f"Nothing was restored: {error}.") from None
        except OSError as error:
            raise CommandError(f"Nothing was restored: {error.strerror}: {error.filename}.") from None
        gone = f" {told.gone} API keys that were deleted since do not open any more." if told.gone else ""
        self.stdout.write(
            f"Restored as of {made_at:%Y-%m-%d %H:%M:%S} UTC in {time.monotonic() - began:.1f} s: {told.rows} rows, "
            f"{told.events} events of the audit trail, {told.opened} API keys open.{gone}"
        )
        self.stdout.write(NEXT)
