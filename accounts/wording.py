"""The sentences of this room: the audit trail in plain words, and what people are told."""

from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

PASSWORD_RULE = _("Not one that repeats, counts up or is made of a few of the commonest words.")
PASSWORD_TOO_SIMPLE = _(
    "This is among the first that somebody would guess. Use four or five words that do not belong together."
)
CONFIRM_FIRST = "Confirm your e-mail address first."
SIGN_IN_ERRORS = {
    "too_many_login_attempts": _(
        "Too many tries. Wait a quarter of an hour, or reset the password: the link in that mail works at once."
    ),
}

# Actions of the rooms above are named here too: words on screen are no import.
WORDS = {
    "account.signed_in": "You signed in",
    "account.signed_up": "You created the account",
    "account.claimed": "You confirmed that this account is yours",
    "account.signed_out": "You signed out",
    "account.sign_in_failed": "Somebody gave a wrong password",
    "account.tries_refused": "Somebody tried too often, and was refused",
    "account.password_confirmed": "You confirmed your password",
    "account.password_changed": "You changed the password",
    "account.password_set": "You set a password",
    "account.password_reset": "The password was reset by mail",
    "account.email_changed": "The e-mail address for signing in was changed",
    "account.email_added": "An e-mail address was added",
    "account.email_removed": "An e-mail address was removed",
    "account.email_confirmed": "An e-mail address was confirmed",
    "account.frozen": "Keys and live bots were frozen for 24 hours",
    "connection.added": "You added a connection",
    "connection.test": "You tested a connection",
    "connection.renamed": "You renamed a connection",
    "connection.key_replaced": "You entered a replacement key",
    "connection.key_discarded": "You discarded a replacement key",
    "connection.loss_cap": "You changed what all bots of a connection may lose",
    "connection.claimed": "Somebody else tried to connect an account of yours and was refused",
    "connection.deleted": "You deleted a connection",
}


def say(action: str) -> str:
    """Return the sentence for an action; an unknown one is spelt out: "bot.enabled" reads "Bot enabled"."""
    return WORDS.get(action) or action.replace(".", " ").replace("_", " ").capitalize()


# Why an account is frozen (accounts/freeze.py), as the end of a sentence.
FROZEN = {
    "password_reset": "the password was reset by mail",
    "factor_changed": "a way to sign in was changed",
    "address_changed": "the e-mail address for signing in was changed",
    "undone": "a change of this account was undone",
}


def frozen(because: str, until: datetime) -> str:
    at = until.astimezone(UTC)
    return (
        f"Keys and live bots are frozen until {at:%H:%M} UTC on {at.day} {at:%B}, because {FROZEN[because]}. "
        "Bots go on as they are set, and you can switch off, close and delete as always."
    )
