"""For a day after somebody's way in has changed, nothing may be widened: keys and live bots stay as they are.

A thief with the mailbox or a stolen session has to change something to keep the account. The owner reads of it in a
mail, and this day is theirs: nothing that the thief wants can be done in it. Bots go on as they were set, and every
narrowing works. There is no way to end a freeze early, for operators neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, wording
from accounts.by import PRODUCT, By
from accounts.models import User

LASTS = timedelta(hours=24)


class Because(StrEnum):
    """What was changed; the sentences are in accounts/wording.py."""

    PASSWORD_RESET = auto()
    FACTOR_CHANGED = auto()
    ADDRESS_CHANGED = auto()
    UNDONE = auto()
    LOCKDOWN = auto()


@dataclass(frozen=True, kw_only=True)
class Freeze:
    until: datetime
    because: Because

    @property
    def text(self) -> str:
        """Say until when and why, in one sentence."""
        return wording.frozen(self.because, self.until)


class FrozenError(Exception):
    """The account is frozen; the message is for the trader."""

    def __init__(self, freeze: Freeze) -> None:
        super().__init__(freeze.text)
        self.freeze = freeze


def shown(request: HttpRequest) -> dict[str, Freeze | None]:
    """Give every page the freeze in force."""
    user = getattr(request, "user", None)
    return {"freeze": freeze_of(user) if isinstance(user, User) else None}


def freeze(user: User, because: Because, *, by: By = PRODUCT) -> None:
    """Freeze the account for a day from now; call it in the transaction of the change that is the reason."""
    until = timezone.now() + LASTS
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(frozen_until=until, frozen_because=because)
        audit.record("account.frozen", by=by, target=user, outcome=because)
    user.frozen_until, user.frozen_because = until, because


def freeze_of(user: User) -> Freeze | None:
    """Return the freeze in force, as the row in hand tells it; None when there is none."""
    if user.frozen_until is None or user.frozen_until <= timezone.now():
        return None
    return Freeze(until=user.frozen_until, because=Because(user.frozen_because))


def refuse_while_frozen(user: User) -> None:
    """Raise FrozenError while the account is frozen.

    Takes the user's row until the transaction ends, before any other row, so that no freeze comes in between.
    """
    if found := freeze_of(User.objects.hold(user)):
        raise FrozenError(found)
