"""What we say when an exchange says no: by cause, the reason in plain words and the one next step."""

from datetime import timedelta

from exchanges.errors import Cause, Trouble
from exchanges.sentences import gettext_noop as _

# The schedule tests the key in use only.
REPLACEMENT_WAITS = _("Wait a few minutes, then test the new key again. Until it passes, the key in use goes on.")
CLOCK_APART = _("{text} (theirs minus ours: {seconds} s)")
# {name} the exchange, {key_label} its word for the key, {secret_label} for the secret, {code} its own code in words,
# {seen} the address that it saw, {address} the one to be listed.
# {site} is where this site's customers log in, {sisters} where those of the exchange's other sites do.
WORDING: dict[Cause, tuple[str, str]] = {
    Cause.UNAVAILABLE: (
        _("{name} is not available at the moment. This says nothing about your key."),
        _("Nothing to do but wait: connections are tested again by themselves."),
    ),
    Cause.BLOCKED: (
        _(
            "A firewall in front of {name} turned our server away before {name} saw the request. This says nothing "
            "about your key."
        ),
        _(
            "Nothing to do but wait: connections are tested again by themselves. If it stays so, {name} may refuse our "
            "server’s address or country: tell our support."
        ),
    ),
    Cause.UNKNOWN_CODE: (
        _(
            "{name} refused with {code}, which we do not know yet. It may be about your account, about this key, or a "
            "fault of {name} that passes."
        ),
        _(
            "Log in to {name} and look for a notice about your account or this key. If there is none, wait: "
            "connections are tested again by themselves, and our operators see the code."
        ),
    ),
    Cause.RATE_LIMITED: (
        _("{name} asks us to slow down. This says nothing about your key."),
        _("Nothing to do but wait: connections are tested again by themselves, here as soon as {name} lets us."),
    ),
    Cause.UNREADABLE: (
        _("{name} sent an answer that we cannot read, so it proves nothing about your key."),
        _("Nothing to do but wait: connections are tested again by themselves."),
    ),
    Cause.CLOCK: (
        _("{name} refused the time of our request: our clocks differ. This says nothing about your key."),
        _("Nothing to do but wait: we watch our clock, and connections are tested again by themselves."),
    ),
    Cause.REGION: (
        _("{name} does not serve the country our server stands in."),
        _("Use another exchange: a new key would not help."),
    ),
    Cause.KEY_INVALID: (
        _(
            "{name} does not know this key. It was copied incompletely, deleted, has expired, lacks every right, or "
            "was made on another site of {name}."
        ),
        _("Copy the {key_label} again, or create a new key and press “Replace key”."),
    ),
    Cause.SECRET_WRONG: (
        _("The {secret_label} does not belong to this key: it is of another key, or copied incompletely."),
        _(
            "Copy both again: one missing character is enough. If the {secret_label} is lost, create a new key and "
            "press “Replace key”."
        ),
    ),
    Cause.PASSPHRASE_WRONG: (
        _("{name} refused the passphrase (a wrong secret can cause this too)."),
        _("Enter the passphrase that you chose when you made this key: not your login or trading password."),
    ),
    Cause.KEY_MALFORMED: (
        _("{name} could not read the key: a character is missing or does not belong there."),
        _("Copy the {key_label} and the {secret_label} again and press “Replace key”."),
    ),
    Cause.KEY_EXPIRED: (
        _("This key has expired at {name}."),
        _("Create a new key, with our addresses on its IP list so that it lasts, and press “Replace key”."),
    ),
    Cause.KEY_FROZEN: (
        _("{name} has frozen this key."),
        _("Look at the key on {name}’s API page; create a new key if it cannot be unfrozen."),
    ),
    Cause.KEY_WRONG_SITE: (
        _("This key was made on another site of {name}."),
        _("Create a key on {name}’s main site and press “Replace key”."),
    ),
    Cause.ACCOUNT_RESTRICTED: (
        _("{name} has restricted this account (identity check, risk control or a freeze)."),
        _("Only {name} can lift this: log in there and follow its notice, then test again."),
    ),
    Cause.IP_NOT_ALLOWED: (
        _("{name} refused our server’s address{seen}: it is not on this key’s IP list."),
        _("Add {address} to the key’s IP list on {name}, then test again."),
    ),
    Cause.RIGHT_UNPROVEN: (
        _("{name} did not let us read what this key may do."),
        _("Create a new key with the boxes of our guide and press “Replace key”."),
    ),
}

# For exchanges with several sites: each calls the others' keys unknown.
SITE_WORDING: dict[Cause, tuple[str, str]] = {
    Cause.KEY_INVALID: (
        _(
            "{name} does not know this key at {site}. It is of another of its sites, was copied incompletely or into "
            "the wrong field, was deleted, or has expired."
        ),
        _(
            "Do you log in at {sisters}? Then connect that site instead, with the same key: it stays good there, also "
            "if {name} has moved the account. Else copy the {key_label} again, or create a key on {site} and press "
            "“Replace key”."
        ),
    ),
    Cause.KEY_WRONG_SITE: (
        _("This key was made on another site of {name}."),
        _("Connect the site that you log in at ({sisters}), or create a key on {site} and press “Replace key”."),
    ),
}


# For a limit whose end is known, so that nobody waits a minute for what lasts for days.
WAIT_UNTIL = (
    _("{name} has asked our server to wait until {moment}. This says nothing about your key."),
    _("Nothing to do but wait: we ask {name} nothing before {moment}, and test again by ourselves after that."),
)


def end_of(trouble: Trouble) -> str:
    """Return when a limit ends, to the minute and never before the moment itself; "" where that is not known."""
    if trouble.cause is not Cause.RATE_LIMITED or trouble.until is None:
        return ""
    end = trouble.until + timedelta(seconds=59)
    return f"{end:%H:%M} UTC on {end.day} {end:%B %Y}"
