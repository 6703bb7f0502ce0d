"""Practice keys that only one account has, entered by the product at one click."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.by import By
from accounts.models import User
from connections import flows
from connections.errors import DuplicateNameError
from connections.models import Connection, Venue
from connections.practice import door
from exchanges import registry

MOST_NAMES = 50


@dataclass(frozen=True, kw_only=True)
class PracticeKey:
    """A practice key and what it shows; `slug` is the practice exchange's word for it."""

    slug: str
    title: Any
    text: Any
    name: str


# What every exchange can show, on spot; the practice exchange has more of them, for developers.
CASES = (
    PracticeKey(
        slug="good", title=_("The good key"), text=_("It may read and trade, and nothing else."), name="practice"
    ),
    PracticeKey(
        slug="withdraw",
        title=_("A key that can withdraw"),
        text=_("It is refused and destroyed, whatever else it may."),
        name="practice, can withdraw",
    ),
    PracticeKey(
        slug="read_only",
        title=_("A key that cannot trade"),
        text=_("The box to tick is named."),
        name="practice, read only",
    ),
    PracticeKey(
        slug="wrong_ip",
        title=_("A key for another server"),
        text=_("The address to add is named."),
        name="practice, other address",
    ),
    PracticeKey(
        slug="wrong_secret",
        title=_("A key with a wrong secret"),
        text=_("The exchange knows the key, and not what was signed with it."),
        name="practice, wrong secret",
    ),
)
BY_SLUG: Mapping[str, PracticeKey] = {case.slug: case for case in CASES}
GOOD_FOR_FUTURES = "futures"


def add_connection(owner: User, *, exchange: str, market: str, case: PracticeKey, by: By) -> Connection:
    """Add a practice connection with a key that only this account has: no other account moves its purse.

    The key goes from the practice exchange to the vault; no page and no address shows it. Raises door.PracticeError,
    and what connections.flows.add_connection raises.
    """
    credentials = credentials_of(owner, exchange=exchange, market=market, case=case)
    first = f"{registry.get(exchange).name} {case.name}"
    for number in range(1, MOST_NAMES):
        try:
            return flows.add_connection(
                owner,
                exchange=exchange,
                venue=Venue.PRACTICE,
                market=market,
                name=first if number == 1 else f"{first} {number}",
                credentials=credentials,
                by=by,
            )
        except DuplicateNameError:
            continue
    raise DuplicateNameError(gettext("You have many such connections already. Delete one first."))


def credentials_of(owner: User, *, exchange: str, market: str, case: PracticeKey) -> dict[str, str]:
    """Return the key of one case that only this account has; it is made when it is first asked for."""
    spec = registry.get(exchange)
    slug = GOOD_FOR_FUTURES if (case.slug, market) == ("good", "futures") else case.slug
    told = door.ask("POST", "own", slug=spec.family, owner=_name_of(owner))
    try:
        key = told["keys"][slug]
        return {one.name: str(key[one.name]) for one in spec.credentials}
    except (KeyError, TypeError):
        raise door.PracticeError(gettext("The practice exchange has no such key.")) from None


def _name_of(owner: User) -> str:
    """Return what the practice exchange knows an account by: nobody can guess it, and it tells nothing."""
    return hmac.new(
        settings.FINGERPRINT_KEY.encode(), f"practice:{owner.public_id}".encode(), hashlib.sha256
    ).hexdigest()
