"""What a worker needs before its first task: the vault's private keys, and ccxt already imported."""

import sys

from django.conf import settings

from connections import vault
from exchanges import client


def prepare() -> None:
    """Open the vault and load ccxt; raises SystemExit when the private keys are missing or not those that seal."""
    try:
        check_ring()
    except vault.VaultError as error:
        sys.exit(f"This worker cannot open stored keys and does not start: {error}.")
    client.preload()


def check_ring() -> None:
    opener = vault.load_opener(settings.VAULT_PRIVATE_KEYS_DIR)
    sealer = vault.load_sealer(settings.VAULT_PUBLIC_KEY_FILE)
    if sealer.key_id not in opener.ring:
        raise vault.VaultKeyMissingError(f"vault key {sealer.key_id} is missing")
