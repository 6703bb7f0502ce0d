"""What follows when somebody's way in has changed: signal addresses end, and keys and live bots are frozen for a day.

Both happen in the transaction of the change. A signal address needs no session, so one that a thief made would outlive
the password; nobody else can tell which one that is.
"""

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.by import By
from accounts.freeze import LASTS, Because, freeze
from accounts.models import User
from accounts.person import factors

RECOVERY_CODES = "recovery_codes"


def end_addresses(user: User, *, by: By) -> None:
    """Call settings.WHEN_WAY_IN_CHANGED, where the room above ends them."""
    for path in settings.WHEN_WAY_IN_CHANGED:
        import_string(path)(user, by=by)


def has_power(user: User) -> bool:
    """Say whether there is anything that a freeze could protect."""
    return user.is_staff or user.connections.filter(deleted_at=None).exists()


def react(user: User, request: HttpRequest | None, because: Because) -> None:
    by = By.at(request, user)
    with transaction.atomic():
        if because != Because.FACTOR_CHANGED:
            end_addresses(user, by=by)
        if has_power(user):
            freeze(user, because, by=by)


def on_password_reset(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    react(user, request, Because.PASSWORD_RESET)


def on_address_changed(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    react(user, request, Because.ADDRESS_CHANGED)


def on_password_changed(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    """End the addresses alone: the person knew the old password."""
    end_addresses(user, by=By.at(request, user))


def on_factor_added(sender: object, *, request: HttpRequest, user: User, authenticator: Any, **rest: Any) -> None:
    """Freeze, unless it is the first of an account of today: such a one is being set up."""
    others = type(authenticator).objects.filter(user=user).exclude(pk=authenticator.pk).exclude(type=RECOVERY_CODES)
    is_setting_up = not others.exists() and timezone.now() - user.date_joined < LASTS
    if not is_setting_up:
        react(user, request, Because.FACTOR_CHANGED)


def on_factor_changed(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    react(user, request, Because.FACTOR_CHANGED)


def connect() -> None:
    account_signals.password_reset.connect(on_password_reset, dispatch_uid="precautions:password_reset")
    account_signals.password_changed.connect(on_password_changed, dispatch_uid="precautions:password_changed")
    account_signals.email_changed.connect(on_address_changed, dispatch_uid="precautions:email_changed")
    factors.added.connect(on_factor_added, dispatch_uid="precautions:factor_added")
    factors.codes_made.connect(on_factor_changed, dispatch_uid="precautions:codes_made")
    mfa_signals.authenticator_removed.connect(on_factor_changed, dispatch_uid="precautions:factor_removed")
