"""Our answers to what allauth asks."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import mailbox
from accounts.by import By
from web.middleware import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def format_email_subject(self, subject: str) -> str:
        return f"BackFuture AI: {subject}"

    def get_client_ip(self, request: HttpRequest) -> str:
        # By the proxies that we believe; "unknown" still shares one rate limit.
        return client_address(request) or "unknown"

    def is_safe_url(self, url: str | None) -> bool:
        """Accept only paths of this site: `next` never leaves it."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address; the first one of an account gives it to the person who typed the code."""
        user = email_address.user
        with transaction.atomic():
            was_proven = user.is_proven
            is_confirmed = bool(super().confirm_email(request, email_address))
            if is_confirmed and not was_proven:
                mailbox.claim(user, by=By.at(request, user), hashed=mailbox.take_choice(request.session, user))
        return is_confirmed

    def login(self, request: HttpRequest, user: Any) -> None:
        # A claim has just set the password, which the session is bound to.
        user.refresh_from_db(fields=["password"])
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        if options.get("signup"):
            # A person that has just chosen a password need not prove a minute later that they know it.
            record_authentication(request, user, method="password")
        response: HttpResponse = super().post_login(request, user, **options)
        return response

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Do nothing: there are no user names."""
