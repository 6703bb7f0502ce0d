"""Open what opens a channel for messages, in the worker that sends by it, and where the vault gets a new key."""

from connections.secrets import channels, opening, vault
from messaging.models import Channel


def open_channel(channel: str, sealed: str) -> dict[str, str]:
    """Return what was sealed for the channel of this public id; raises VaultError."""
    return opening.opener().open(sealed, channels.context(channel))


def seal_anew(opener: vault.Opener, sealer: vault.Sealer) -> int:
    """Seal every channel with the newest key; return how many do not open and were left as they are."""
    broken = 0
    for channel in Channel.objects.exclude(sealed="").exclude(sealed__startswith=f"v1.{sealer.key_id}.").iterator():
        try:
            anew = opener.wrap_anew(channel.sealed, channels.context(str(channel.public_id)), sealer)
        except vault.VaultError:
            broken += 1
            continue
        # One that was removed meanwhile is left alone.
        Channel.objects.filter(pk=channel.pk, sealed=channel.sealed).update(sealed=anew)
    return broken
