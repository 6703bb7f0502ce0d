"""Our answers to what allauth asks."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import mailbox, wording
from accounts.by import By, signed_in_lately
from accounts.fresh import by_mail
from accounts.guard import devices, limits, tries
from accounts.guard.hashing import HashingBusyError
from accounts.mails import notices, outbox, undo
from web.errors import error_page
from web.middleware import client_address

# To people that may have no account; an address is told so once a day at most.
FOR_UNKNOWN = {"account/email/unknown_account", "account/email/account_already_exists"}
# The next page waits for these, so it says when they were not sent. With and without an account it is alike.
AWAITED = {
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
    "account/email/account_already_exists",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = DefaultAccountAdapter.error_messages | wording.SIGN_IN_ERRORS

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Count the try before the password is looked at: of those that come at once, none is overlooked."""
        counted = tries.reserve_password(request, credentials.get("email", ""))
        if counted is None:
            raise self.validation_error("too_many_login_attempts")
        try:
            user = super().authenticate(request, **credentials)
        except HashingBusyError:
            counted.give_back()
            raise
        if user is not None:
            counted.give_back()
        return user

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write it down, unless its address got enough already: what is asked for again is in the earlier mails too."""
        if not tries.may_mail(self.request, email.lower()):
            if template_prefix in AWAITED:
                raise ImmediateHttpResponse(error_page(self.request, 429))
            return
        if template_prefix in FOR_UNKNOWN and not limits.take(limits.MAIL_UNKNOWN, email.lower()):
            return
        # allauth makes links with the host and port that a client asked for.
        links = {name: undo.to_us(urlsplit(value).path) for name, value in context.items() if name.endswith("_url")}
        mail = self.render_mail(template_prefix, email, context | {"email": email} | links)
        outbox.write(template_prefix, to=email, subject=mail.subject, text=mail.body, user=context.get("user"))

    def format_email_subject(self, subject: str) -> str:
        return f"BackFuture AI: {subject}"

    def clean_password(self, password: str, user: Any = None) -> str:
        """Say one thing at a time: a short common password would get a sentence from each rule."""
        try:
            cleaned: str = super().clean_password(password, user)
        except ValidationError as error:
            raise error.error_list[0] from None
        return cleaned

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
            if is_confirmed:
                mailbox.make_room(email_address.email, user, by=By.at(request, user))
            if is_confirmed and not was_proven:
                mailbox.claim(user, by=By.at(request, user), hashed=mailbox.take_choice(request.session, user))
        return is_confirmed

    def get_login_stages(self) -> list[str]:
        return [*super().get_login_stages(), "accounts.person.way_in.UnchangedStage"]

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        if options.get("signup"):
            # A person that has just chosen a password need not prove a minute later that they know it.
            record_authentication(request, user, method="password")
        if not options.get("signup") and not devices.known_device(request, user):
            notices.tell("signed_in", user, request=request, can_undo=False)
        devices.remember(request, user)
        response: HttpResponse = super().post_login(request, user, **options)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if by_mail.is_offered(context.request):
            methods.append(
                {"id": "mail", "description": wording.MAIL_ME_A_CODE, "url": reverse("account_confirm_by_mail")}
            )
        return methods

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Ask by our own rule (accounts/sudo.py): a sign-in of a moment ago is as good as a confirmation."""
        return not signed_in_lately(context.request) and bool(super().is_reauthentication_required(app=app))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Do nothing: there are no user names."""
