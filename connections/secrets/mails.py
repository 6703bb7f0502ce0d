"""Seal what a mail says, for the time that it waits: its links and codes are as good as a password."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models.functions import Substr

from accounts.models import OutgoingMail
from connections.secrets import vault


def context(mail: str) -> vault.Context:
    return vault.Context(connection=mail, owner="", exchange="mail", revision=0)


def seal_mail(mail: str, told: Mapping[str, str]) -> str:
    """Return it sealed for the mail of this public id."""
    return vault.load_sealer(settings.VAULT_PUBLIC_KEY_FILE).seal(told, context(mail))


def key_ids() -> set[str]:
    """Return the vault keys that mails still wait under: their rotation waits for them, a day at most."""
    sealed = OutgoingMail.objects.exclude(sealed="").annotate(key_id=Substr("sealed", 4, 8))
    return set(sealed.values_list("key_id", flat=True))
