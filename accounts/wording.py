"""The sentences of this room: the audit trail in plain words, and what people are told."""

from datetime import UTC, datetime

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

PASSWORD_RULE = _("Not one that repeats, counts up or is made of a few of the commonest words.")
PASSWORD_TOO_SIMPLE = _(
    "This is among the first that somebody would guess. Use four or five words that do not belong together."
)
CONFIRM_FIRST = _("Confirm your e-mail address first.")
PRIMARY_ALREADY = _("You sign in with %(email)s already; nothing was changed.")
# What allauth would say in its own words, which often end without a next step.
SIGN_IN_ERRORS = {
    "too_many_login_attempts": _(
        "Too many tries. Wait a quarter of an hour, or reset the password: the link in that mail works at once."
    ),
    "email_password_mismatch": _(
        "This address and this password do not belong together. Type both again, or reset the password."
    ),
    "account_inactive": _("This account is closed or was switched off. Write to us if that was not you."),
    "incorrect_code": _("This is not the code of the newest mail. Type it as it stands there, or have another sent."),
    "incorrect_password": _("This is not your password. Type it again, or sign out and reset it."),
    "enter_current_password": _("This is not the password you have now. Type it again, or sign out and reset it."),
    "duplicate_email": _("This address is one of yours already. Enter another."),
    "email_taken": _("This address cannot be added. Enter another."),
    "cannot_remove_primary_email": _("You sign in with this address. Make another one primary, then remove it."),
    "max_email_addresses": _("You have %d addresses, and more are not possible. Remove one first."),
    "unverified_primary_email": _("This address is not confirmed. Have a code sent to it and type it in first."),
    "invalid_or_expired_key": _("This link was used, or is too old. Ask for a new one."),
    "invalid_password_reset": _("This link was used, or is too old. Ask for a new one."),
    "same_as_current": _("This is what you have now. Enter another."),
}
FACTOR_ERRORS = {
    "incorrect_code": _(
        "Not accepted. Type the code that the app shows now, a recovery code that you have not used, or use a passkey "
        "that you added here."
    ),
    "unverified_email": _("Confirm your e-mail address first, then add a second factor."),
    "cannot_delete_authenticator": _("This factor is needed and cannot be removed. Add another one first."),
    "cannot_generate_recovery_codes": _("Recovery codes stand in for a second factor. Add an app or a passkey first."),
}
PASSWORD_CHANGED_MEANWHILE = _("The password was changed in another window meanwhile. Nothing was changed here.")
CLOSED = _("Your account is closed. Its keys are destroyed here; delete them at the exchange too.")
WAY_IN_CHANGED = _("The way into this account was changed meanwhile, and nothing was done. Sign in again.")
MAIL_ME_A_CODE = _("Mail me a code")
CODE_SUBJECT = _("Your code to confirm it is you")
CODE_OVER = _("This code was used, typed wrongly too often, or is older than ten minutes. Have another one mailed.")
ENOUGH_MAILS = _("Enough codes were mailed lately. Use the newest one, or wait a quarter of an hour.")
CODE_USED = _("This code was used already. Wait for the next one.")
FACTOR_FOR_OPERATORS = _("Operators need a second factor. Add one, then go on.")

# Notices about the way into an account: the subject, and what happened.
NOTICES = {
    "email_added": (_("An address was added to your account"), _("An e-mail address was added to your account.")),
    "email_removed": (_("An address was removed from your account"), _("An e-mail address was removed.")),
    "email_changed": (_("Your sign-in address was changed"), _("The address for signing in was changed.")),
    "password_changed": (_("Your password was changed"), _("The password of your account was changed.")),
    "password_reset": (_("Your password was reset"), _("The password of your account was reset by a mailed link.")),
    "factor_added": (_("A second factor was added"), _("A second factor was added to your account.")),
    "factor_removed": (_("A second factor was removed"), _("A second factor was removed from your account.")),
    "recovery_codes": (_("New recovery codes were made"), _("New recovery codes were made; those of before are void.")),
    "closed": (
        _("Your account was closed"),
        _("Your account was closed: its bots are stopped and its keys destroyed. Delete them at the exchange too."),
    ),
    "signed_in": (
        _("New sign-in"),
        _("Somebody signed in to your account with a browser that was not known."),
    ),
    "channel_added": (
        _("Your messages go to a new place"),
        _("A channel was added by which what your bots and connections do is told."),
    ),
    "staff": (_("You are an operator now"), _("Your account was made an operator's.")),
}
UNDONE_SUBJECT = _("Your account is yours again")
RESTORED = _("We restored our database from a backup")


def restored(*, made_at: datetime, at: datetime) -> str:
    """Return what everybody is told after that."""
    return str(
        _(
            "We had to restore our database from a backup. Everything here is as it was then:\n\n"
            "As of: %(made_at)s UTC\nRestored: %(at)s UTC\n\n"
            "What you changed in between is not known any more: passwords, factors, keys, connections, bots, pauses. "
            "Connections are tested again, and orders that your bots placed in between are looked for at your "
            "exchanges and counted into the books. Open groups still close at their take profit or stop loss; nothing "
            "is bought until you end the pause of your bots.\n\n"
            "Sign in again, look through your connections and bots, set what you had changed once more, and make new "
            "signal addresses: those of before are void."
        )
        % {"made_at": f"{made_at.astimezone(UTC):%Y-%m-%d %H:%M}", "at": f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"}
    )


def notice(event: str, *, at: datetime, address: str, agent: str, undo_link: str, page: str) -> str:
    """Return what a notice says: what, when, from where, and the way back where there is one."""
    place = ", ".join(filter(None, (address, agent))) or _("unknown")
    told = _("%(what)s\n\nWhen: %(when)s UTC\nFrom: %(place)s\n\nIf it was you, do nothing.\n\n") % {
        "what": NOTICES[event][1],
        "when": f"{at.astimezone(UTC):%Y-%m-%d %H:%M}",
        "place": place,
    }
    if undo_link:
        way = _("If it was not you, take the account back within 72 hours; the page asks once more:\n\n%s") % undo_link
    elif event == "closed":
        way = str(_("If it was not you, delete the keys at the exchange at once, and look through your orders there."))
    else:
        way = _("If it was not you, change the password and look through your account:\n\n%s") % page
    return str(told) + str(way)


def mailed_code(code: str, act: str, *, minutes: int) -> str:
    """Return the mail with a code that confirms who somebody is, for what they are about to do."""
    told = _(
        "Somebody who is signed in to your account is about to do this: %(act)s. To confirm that it is you, type this "
        "code there within %(minutes)s minutes:\n\n%(code)s\n\nIf it was not you, do not give the code to anybody, end "
        "all other sessions on your account page, and change the password."
    )
    return str(told % {"act": act, "minutes": minutes, "code": code})


def after_undo(link: str) -> str:
    return str(
        _(
            "You took your account back. Everybody is signed out, other addresses and newer second factors are removed,"
            " and for 24 hours no key can be added and no live bot enabled.\n\nChoose a new password within one hour;"
            " the link works once:\n\n%s\n\nThen look through your keys and bots."
        )
        % link
    )


# Actions of the rooms above are named here too: words on screen are no import.
WORDS = {
    "account.signed_in": _("You signed in"),
    "account.signed_up": _("You created the account"),
    "account.claimed": _("You confirmed that this account is yours"),
    "account.closed": _("The account was closed"),
    "account.exported": _("You took your data along"),
    "account.signed_out": _("You signed out"),
    "channel.added": _("You added a channel for messages"),
    "channel.changed": _("You changed what a channel tells"),
    "channel.ended": _("A browser was switched off for messages"),
    "channel.removed": _("A channel for messages was removed"),
    "channel.tested": _("You sent a test message"),
    "account.factor_added": _("You added a second factor"),
    "account.factor_removed": _("You removed a second factor"),
    "account.recovery_codes": _("You made new recovery codes"),
    "account.factor_failed": _("Somebody gave a wrong second factor"),
    "account.session_ended": _("You ended a session"),
    "account.sessions_ended": _("You ended all other sessions"),
    "account.sign_in_failed": _("Somebody gave a wrong password"),
    "account.undone": _("The owner took the account back by a mailed link"),
    "account.tries_refused": _("Somebody tried too often, and was refused"),
    "account.password_confirmed": _("You confirmed your password"),
    "account.confirmed_by_mail": _("You confirmed it is you by a mailed code"),
    "account.code_failed": _("Somebody gave a wrong mailed code"),
    "account.password_changed": _("You changed the password"),
    "account.password_set": _("You set a password"),
    "account.password_reset": _("The password was reset by mail"),
    "account.email_changed": _("The e-mail address for signing in was changed"),
    "account.email_added": _("An e-mail address was added"),
    "account.email_removed": _("An e-mail address was removed"),
    "account.email_confirmed": _("An e-mail address was confirmed"),
    "bot.signal_address_ended": _("The signal address of a bot ended"),
    "account.frozen": _("Keys and live bots were frozen for 24 hours"),
    "connection.added": _("You added a connection"),
    "connection.test": _("You tested a connection"),
    "connection.renamed": _("You renamed a connection"),
    "connection.key_replaced": _("You entered a replacement key"),
    "connection.key_discarded": _("You discarded a replacement key"),
    "connection.loss_cap": _("You changed what all bots of a connection may lose"),
    "connection.claimed": _("Somebody else tried to connect an account of yours and was refused"),
    "connection.deleted": _("You deleted a connection"),
    "connection.checked": _("A connection was checked"),
    "connection.check_dropped": _("A check was not carried out"),
    "connection.lapsed": _("The last pass of a connection grew too old"),
    "bot.renamed": _("You renamed a bot"),
    "bot.looked_back": _("A look back at a bot was asked for"),
    "bot.settings_mapped": _("A map of settings around a bot’s own was asked for"),
    "secret.opened": _("A key was opened, for the first time in this hour"),
    "secret.openings": _("Openings of a key within an hour"),
    "secret.destroyed": _("We destroyed a key, because it could withdraw"),
    "secret.planted": _("A key that nobody uses was planted"),
    "secret.tampered": _("A stored key was tampered with, and was not used"),
    "vault.key_missing": _("A stored key could not be opened, by a fault of ours"),
    "vault.planted_key": _("A key was opened that was planted for this"),
    "operator.viewed": _("An operator looked at it"),
    "person.paused": _("An operator paused all your bots, or let them go on"),
    "bot.winding_down": _("You disabled a bot, which looks after its open groups until they are closed"),
    "bot.wound_down": _("A bot went off: the last of its groups was closed"),
    "bot.test_signal": _("You sent a practice bot a test signal"),
    "practice.story": _("You let practice prices live through a story"),
    "bot.unparked": _("A bot that a fault of ours had halted may go on"),
    "group.adopted": _("You let a bot adopt coins of your account"),
    "order.adopted": _("An order that was placed before a restore was counted into the books"),
    "order.unclaimed": _("An order that was placed before a restore belongs to no bot that is known"),
}
# Beside the trail: the kinds that its owner may ask for, and the actions of each.
KINDS = {
    "account": (_("Account"), r"^(account|user|operator)\."),
    "connections": (_("Connections"), r"^connection\."),
    "keys": (_("Keys"), r"^(secret|vault)\.|^connection\.key"),
    "bots": (_("Bots"), r"^(bot|group|trader|everybody|exchange|person|practice)\."),
}


def say(action: str) -> str:
    """Return the sentence for an action; an unknown one is spelt out: "bot.enabled" reads "Bot enabled"."""
    return str(WORDS.get(action) or gettext(action.replace(".", " ").replace("_", " ").capitalize()))


# What a line of the trail says beside its action. Its first word is a code; what stands in no table is shown as it is.
DETAILS = {
    "added": _("for the first test"),
    "user": _("for a test that you asked for"),
    "schedule": _("for a test by itself"),
    "operator": _("for a test that an operator asked for"),
    "replaced": _("to test the new key"),
    "compare": _("to compare the books with the exchange"),
    "look-up": _("to look up an order"),
    "order": _("to place an order"),
    "cancel": _("to cancel an order"),
    "recount": _("to audit the books"),
    "candidate": _("the old one stays until the new one is proven"),
    "entries": _("no new groups"),
    "add_ons": _("no new groups and no add-ons"),
    "none": _("nothing is paused any more"),
    "orders": _("no orders at all"),
}
SAID_BY_THE_ACTION = {"secret.destroyed", "account.frozen"}


def detail(action: str, outcome: str) -> str:
    """Return the small print of a line: "compare 144" reads "to compare the books with the exchange, 144 times"."""
    if action in SAID_BY_THE_ACTION or outcome in {"ok", "refused"}:
        return ""
    code, _, count = outcome.partition(" ")
    if count and code not in DETAILS:
        return outcome
    what = str(DETAILS.get(code, code))
    return gettext("%(what)s, %(count)s times") % {"what": what, "count": count} if count else what


# Why an account is frozen (accounts/freeze.py), as the end of a sentence.
FROZEN = {
    "password_reset": _("the password was reset by mail"),
    "factor_changed": _("a way to sign in was changed"),
    "address_changed": _("the e-mail address for signing in was changed"),
    "undone": _("a change of this account was undone"),
    "lockdown": _("the operators stopped everything because of a breach"),
}

# The buttons of the page of addresses, by their names.
ADDRESS_BUTTONS = {
    "action_add": _("It is added to your account"),
    "action_primary": _("You sign in with it from then on"),
    "action_remove": _("It is removed from your account"),
    "action_send": _("A code is mailed to it"),
}

# A secret was posted without a fresh sign-in; and what was typed elsewhere waited too long.
ENTER_AGAIN = _("Confirm that it is you, then enter the key or password once more: secrets are never kept.")
NOT_KEPT = _("What you typed there is not kept any more. Nothing was changed: please begin again.")


def frozen(because: str, until: datetime) -> str:
    at = until.astimezone(UTC)
    return gettext(
        "Keys and live bots are frozen until %(time)s UTC on %(day)s, because %(why)s. "
        "Bots go on as they are set, and you can switch off, close and delete as always."
    ) % {"time": f"{at:%H:%M}", "day": date_format(at, "j F"), "why": FROZEN[because]}
