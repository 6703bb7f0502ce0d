"""What several exchanges refuse for the same reason, in words for the trader: the cause, and the one next step.

The places in braces are those of connections/check/wording.py.
"""

from collections.abc import Mapping

from exchanges.sentences import gettext_noop as _

Words = tuple[str, str]

IDENTITY: Words = (
    _("{name} asks for an identity check (KYC) of this account before it may be used by API."),
    _("Log in to {name}, complete the identity verification, then test again. The key can stay as it is."),
)
SUB_ACCOUNT: Words = (
    _("{name} does not let sub-accounts do this: the key belongs to a sub-account."),
    _("Create a key in your main account at {name} and press “Replace key”."),
)
FROZEN: Words = (
    _("{name} has frozen or suspended this account."),
    _("Only {name} can lift this: log in there, follow its notice or ask its support, then test again."),
)
INACTIVE: Words = (
    _("The account that this key reaches is not active at {name}: for futures, it was never opened."),
    _("Log in to {name} and open the futures account there (moving money into it once does it), then test again."),
)
NO_SECURITY: Words = (
    _("{name} asks this account to bind a phone or an authenticator before it may be used by API."),
    _("Log in to {name}, set up two-factor authentication there, then test again."),
)
LOCKED_KEYS: Words = (
    _("{name} has locked the API keys of this account."),
    _("Log in to {name} and look at its notice on the API page; when the keys are unlocked, test again."),
)


def for_codes(codes: str, words: Words) -> Mapping[str, Words]:
    """Give these words to codes, separated by spaces."""
    return dict.fromkeys(codes.split(), words)
