"""Write to the audit trail what Django and allauth tell about signing in."""

from typing import Any

from allauth.account import signals as allauth_signals
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth_signals
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.http import HttpRequest

from accounts import audit
from accounts.by import By
from accounts.guard import devices
from accounts.mails import notices
from accounts.models import User
from accounts.person import factors, sessions

# One event each, in the words of the trail; all these signals carry the request and the user.
ACTIONS: dict[Signal, str] = {
    auth_signals.user_logged_in: "account.signed_in",
    allauth_signals.user_signed_up: "account.signed_up",
    allauth_signals.password_changed: "account.password_changed",
    allauth_signals.password_set: "account.password_set",
    allauth_signals.password_reset: "account.password_reset",
    allauth_signals.email_changed: "account.email_changed",
    allauth_signals.email_added: "account.email_added",
    allauth_signals.email_removed: "account.email_removed",
}


def _listen(signal: Signal, action: str) -> None:
    def on_signal(sender: object, *, request: HttpRequest | None = None, user: User | None, **rest: Any) -> None:
        audit.record(action, by=By.at(request, user), target=user)

    signal.connect(on_signal, weak=False, dispatch_uid=f"audit:{action}")


def on_signed_out(sender: object, *, request: HttpRequest, user: User | None, **rest: Any) -> None:
    if user is not None:
        audit.record("account.signed_out", by=By.at(request, user), target=user)


def on_sign_in_failed(
    sender: object, *, credentials: dict[str, Any], request: HttpRequest | None = None, **rest: Any
) -> None:
    """Name the account that was tried, when there is one: what was typed is not kept."""
    email = str(credentials.get("email") or credentials.get("username") or "")
    target = User.objects.filter(email__iexact=email).first()
    audit.record("account.sign_in_failed", by=By.at(request, None), target=target, outcome="refused")


def on_email_confirmed(sender: object, *, request: HttpRequest | None, email_address: Any, **rest: Any) -> None:
    user = email_address.user
    audit.record("account.email_confirmed", by=By.at(request, user), target=user)


def on_authenticated(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    """Only confirmations inside a session: the first sign-in is told by its own signal."""
    if rest.get("reauthenticated"):
        audit.record("account.password_confirmed", by=By.at(request, user), target=user)


def on_password_reset(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    """Know the browser from now on: strangers' guesses must not keep the owner out after the mailed link."""
    devices.remember(request, user)


def on_signed_in(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    sessions.begin(request, user)


def on_new_password(sender: object, *, request: HttpRequest, user: User, **rest: Any) -> None:
    sessions.end_others(user, but=request.session.session_key)


def connect() -> None:
    notices.connect()
    post_save.connect(factors.on_saved, sender=Authenticator, dispatch_uid="factor:saved")
    factors.added.connect(factors.on_added, dispatch_uid="factor:added")
    factors.codes_made.connect(factors.on_codes_made, dispatch_uid="factor:codes_made")
    mfa_signals.authenticator_removed.connect(factors.on_removed, dispatch_uid="factor:removed")
    mfa_signals.authentication_failed.connect(factors.on_failed, dispatch_uid="factor:failed")
    auth_signals.user_logged_in.connect(on_signed_in, dispatch_uid="session:begin")
    for signal in (
        allauth_signals.password_changed,
        allauth_signals.password_set,
        allauth_signals.password_reset,
    ):
        signal.connect(on_new_password, dispatch_uid="session:end_others")
    for signal, action in ACTIONS.items():
        _listen(signal, action)
    auth_signals.user_logged_out.connect(on_signed_out, dispatch_uid="audit:signed_out")
    auth_signals.user_login_failed.connect(on_sign_in_failed, dispatch_uid="audit:sign_in_failed")
    allauth_signals.password_reset.connect(on_password_reset, dispatch_uid="devices:password_reset")
    allauth_signals.password_changed.connect(on_password_reset, dispatch_uid="devices:password_changed")
    allauth_signals.email_confirmed.connect(on_email_confirmed, dispatch_uid="audit:email_confirmed")
    allauth_signals.authentication_step_completed.connect(on_authenticated, dispatch_uid="audit:authenticated")
