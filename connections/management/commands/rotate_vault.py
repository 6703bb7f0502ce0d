"""rotate_vault: seal all stored API keys anew, if asked with a new vault key; nothing stops meanwhile."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from connections.secrets import channels, mails, opened_channels, rotation, vault


class Command(BaseCommand):
    help = "Seal every stored API key with the newest vault key. Started again after a crash it goes on where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="make a new key pair first; all seal with it then")

    def handle(self, *args: object, new_key: bool, **options: object) -> None:
        try:
            if new_key:
                keys, public = Path(settings.VAULT_PRIVATE_KEYS_DIR), Path(settings.VAULT_PUBLIC_KEY_FILE)
                self.stdout.write(
                    f"New vault key {vault.add_key(keys, public)}: back it up now, apart from the database."
                )
            opener, sealer = rotation.ring()
        except OSError as error:
            raise CommandError(f"The vault's key cannot be written: {error.strerror}.") from None
        except vault.VaultError as error:
            raise CommandError(f"Nothing was changed: {error}.") from None
        for step in rotation.rotate(opener, sealer):
            self.stdout.write(f"{step.done} sealed with {sealer.key_id}, {step.left} to go")
        closed = opened_channels.seal_anew(opener, sealer)
        if step.broken:
            raise CommandError(f"{step.broken} stored keys do not open and were left as they are (secret.tampered).")
        if closed:
            self.stderr.write(f"{closed} channels for messages do not open and were left as they are.")
        used = rotation.key_ids().keys() | mails.key_ids() | channels.key_ids() | {sealer.key_id}
        old = sorted(opener.ring.keys() - used)
        if old:
            self.stdout.write(
                f"No longer used: {', '.join(old)}. Keep them for as long as you keep backups from before."
            )
