"""Seal what opens a channel for messages: a webhook's address is as good as a password."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models.functions import Substr

from connections.secrets import vault
from messaging.models import Channel


def context(channel: str) -> vault.Context:
    return vault.Context(connection=channel, owner="", exchange="channel", revision=0)


def seal_channel(channel: str, told: Mapping[str, str]) -> str:
    """Return it sealed for the channel of this public id; raises VaultError."""
    return vault.load_sealer(settings.VAULT_PUBLIC_KEY_FILE).seal(told, context(channel))


def key_ids() -> set[str]:
    """Return the vault keys that channels are sealed with."""
    sealed = Channel.objects.exclude(sealed="").annotate(key_id=Substr("sealed", 4, 8))
    return set(sealed.values_list("key_id", flat=True))
