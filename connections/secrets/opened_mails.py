"""Open what a mail says, in the worker that sends it."""

from connections.secrets import mails, opening


def open_mail(mail: str, sealed: str) -> dict[str, str]:
    """Return what was sealed for the mail of this public id; raises VaultError."""
    return opening.opener().open(sealed, mails.context(mail))
