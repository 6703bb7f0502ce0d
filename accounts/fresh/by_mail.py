"""Confirm who you are by a mailed code: for people without a second factor whose password is not at hand.

It does for keys, bots and signal addresses. It does not for what changes the ways in or takes the account away: who
holds a stolen session and the mailbox would get past the day of freeze that a reset by mail begins.
"""

import time
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.forms import BaseConfirmCodeForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import BaseReauthenticateView
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from accounts import audit, wording
from accounts.by import BY_MAIL, By
from accounts.fresh import resume
from accounts.guard import limits, tries
from accounts.mails import outbox
from accounts.models import User
from accounts.sudo import ALWAYS, BY_CODE, Act

KEPT = "mailed_code"
LASTS_SECONDS, MOST_TRIES = 10 * 60, 5


def is_offered(request: HttpRequest) -> bool:
    """Say whether a mailed code confirms the act that waits, for this user."""
    user, act = request.user, _waiting(request)
    if act is None or not act.kind.by_mail or not isinstance(user, User) or not user.is_proven:
        return False
    return not Authenticator.objects.filter(user=user).exists()


def _waiting(request: HttpRequest) -> Act | None:
    """Return the act that the page leads back to: one whose form was kept, or a form that is not shown before."""
    back = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    try:
        found = resolve(urlsplit(back).path)
    except (Resolver404, ValueError):
        return None
    if found.view_name == "account_go_on":
        kept = resume.find(request, found.kwargs["token"])
        return BY_CODE.get(kept["act"]) if kept else None
    return ALWAYS.get(found.view_name)


def _live_code(request: HttpRequest) -> dict[str, Any]:
    """Return what the session keeps of the code that was mailed last; {} when there is none, or its time is over."""
    kept: dict[str, Any] = request.session.get(KEPT) or {}
    return kept if kept and 0 <= time.time() - kept["at"] < LASTS_SECONDS and kept["left"] > 0 else {}


class ConfirmByMail(BaseReauthenticateView):  # type: ignore[misc]  # allauth ships no types
    form_class = BaseConfirmCodeForm
    template_name = "accounts/code_by_mail.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        kept: dict[str, Any] = _live_code(self.request)
        return {**super().get_form_kwargs(), "code": kept.get("code", "")}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        again = redirect(self.passthrough_next_url(request.path))
        if "send" in request.POST:
            self._send()
            return again
        kept = _live_code(request)
        if not kept:
            messages.warning(request, wording.CODE_OVER)
            return again
        # Counted before it is looked at, in the session and, for those that come at once, beside it.
        request.session[KEPT] = kept | {"left": kept["left"] - 1}
        counted = tries.reserve(request, tries.session_count(request, limits.CODE), target=self._user)
        if counted is None:
            messages.warning(request, wording.SIGN_IN_ERRORS["too_many_login_attempts"])
            return again
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def form_valid(self, form: Any) -> HttpResponse:
        del self.request.session[KEPT]
        record_authentication(self.request, self._user, method=BY_MAIL)
        audit.record("account.confirmed_by_mail", by=By.of(self.request), target=self._user)
        answer: HttpResponse = super().form_valid(form)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        audit.record("account.code_failed", by=By.of(self.request), target=self._user, outcome="refused")
        answer: HttpResponse = super().form_invalid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        has_code = bool(_live_code(self.request))
        return {**super().get_context_data(**kwargs), "has_code": has_code, "act": _waiting(self.request)}

    @property
    def _user(self) -> User:
        user: User = self.request.user
        return user

    def _send(self) -> None:
        if not tries.may_mail(self.request, self._user.email.lower()):
            messages.warning(self.request, wording.ENOUGH_MAILS)
            return
        act, code = _waiting(self.request), get_adapter().generate_email_verification_code()
        text = wording.mailed_code(code, str(act.title) if act else "", minutes=LASTS_SECONDS // 60)
        with transaction.atomic():
            outbox.write(
                "fresh.code", to=self._user.email, subject=str(wording.CODE_SUBJECT), text=text, user=self._user
            )
        self.request.session[KEPT] = {"code": code, "at": time.time(), "left": MOST_TRIES}
