"""What we say when an exchange says no: by cause, the reason in plain words and the one next step."""

from exchanges.errors import Cause

# The schedule tests the key in use only.
REPLACEMENT_WAITS = "Wait a few minutes, then test the new key again. Until it passes, the key in use goes on."
# {name} the exchange, {page} where its keys are made, {key_label} its word for the key, {secret_label} for the secret.
# {site} is where this site's customers log in, {sisters} where those of the exchange's other sites do.
WORDING: dict[Cause, tuple[str, str]] = {
    Cause.UNAVAILABLE: (
        "{name} is not available at the moment. This says nothing about your key.",
        "Nothing to do but wait: connections are tested again by themselves.",
    ),
    Cause.RATE_LIMITED: (
        "{name} asks us to slow down. This says nothing about your key.",
        "Nothing to do but wait: connections are tested again by themselves, here as soon as {name} lets us.",
    ),
    Cause.UNREADABLE: (
        "{name} sent an answer that we cannot read, so it proves nothing about your key.",
        "Nothing to do but wait: connections are tested again by themselves.",
    ),
    Cause.CLOCK: (
        "{name} refused the time of our request: our clocks differ. This says nothing about your key.",
        "Nothing to do but wait: we watch our clock, and connections are tested again by themselves.",
    ),
    Cause.REGION: (
        "{name} does not serve the country our server stands in.",
        "Use another exchange: a new key would not help.",
    ),
    Cause.KEY_INVALID: (
        "{name} does not know this key. It was copied incompletely, deleted, has expired, or lacks every right.",
        "Copy the {key_label} again, or create a new key and press “Replace key”.",
    ),
    Cause.SECRET_WRONG: (
        "The {secret_label} does not belong to this key.",
        "Copy key and secret again: one missing character is enough. If the secret is lost, create a new key.",
    ),
    Cause.PASSPHRASE_WRONG: (
        "{name} refused the passphrase (a wrong secret can cause this too).",
        "Enter the passphrase that you chose when you made this key: not your login or trading password.",
    ),
    Cause.KEY_MALFORMED: (
        "{name} could not read the key: a character is missing or does not belong there.",
        "Copy the {key_label} and the {secret_label} again and press “Replace key”.",
    ),
    Cause.KEY_EXPIRED: (
        "This key has expired at {name}.",
        "Create a new key, with our addresses on its IP list so that it lasts, and press “Replace key”.",
    ),
    Cause.KEY_FROZEN: (
        "{name} has frozen this key.",
        "Look at the key on {name}’s API page; create a new key if it cannot be unfrozen.",
    ),
    Cause.KEY_WRONG_SITE: (
        "This key was made on another site of {name}.",
        "Create a key on {name}’s main site and press “Replace key”.",
    ),
    Cause.ACCOUNT_RESTRICTED: (
        "{name} has restricted this account (identity check, risk control or a freeze).",
        "Only {name} can lift this: log in there and follow its notice, then test again.",
    ),
    Cause.IP_NOT_ALLOWED: (
        "{name} refused our server’s address{seen}: it is not on this key’s IP list.",
        "Add {address} to the key’s IP list on {name}, then test again.",
    ),
    Cause.RIGHT_UNPROVEN: (
        "{name} did not let us read what this key may do.",
        "Create a new key with the boxes of our guide and press “Replace key”.",
    ),
}

# For exchanges with several sites: each calls the others' keys unknown.
SITE_WORDING: dict[Cause, tuple[str, str]] = {
    Cause.KEY_INVALID: (
        "{name} does not know this key. It was made on another of its sites, copied incompletely, or deleted.",
        "Do you log in at {sisters}? Then connect that site instead: a key works only where it was made. Else copy the "
        "{key_label} again, or create a key on {site} and press “Replace key”.",
    ),
    Cause.KEY_WRONG_SITE: (
        "This key was made on another site of {name}.",
        "Connect the site that you log in at ({sisters}), or create a key on {site} and press “Replace key”.",
    ),
}
