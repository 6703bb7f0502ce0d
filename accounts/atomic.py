"""What happens to an account and the event that tells it are one: both are written, or neither."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# A password is hashed here. That takes its time, in which no row and no database is held; what follows it has a
# transaction of its own (accounts/passwords.py, SignInForm in accounts/forms.py), or changes the session alone.
HASHING = frozenset(
    {
        "account_login",
        "account_reauthenticate",
        "account_signup",
        "account_change_password",
        "account_set_password",
        "account_reset_password_from_key",
    }
)


class AccountTransactionMiddleware:
    """Answer every change of an account inside one transaction, which a fault undoes.

    allauth tells of what it did after the fact and commits each row by itself: a trail that cannot be written would
    come too late to stop it. A refusal is no fault: that a password was wrong is written down.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_account = request.path.startswith(reverse("account_page"))
        if request.method in SAFE or not is_account or _name_of(request) in HASHING:
            return self.get_response(request)
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500:
                # Django has made a page of the exception already.
                transaction.set_rollback(True)
        return response


def _name_of(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""
