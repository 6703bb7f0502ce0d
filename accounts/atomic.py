"""What happens to an account and the event that tells it are one: both are written, or neither."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Anybody may have a password looked at here. That takes its time, in which no row and no database is held; what follows
# a right one has a transaction of its own (accounts/forms.py SignInForm), and a confirmation changes the session alone.
LOOKING_AT_PASSWORDS = ("account_login", "account_reauthenticate")


class AccountTransactionMiddleware:
    """Answer every change of an account inside one transaction, which a fault undoes.

    allauth tells of what it did after the fact and commits each row by itself: a trail that cannot be written would
    come too late to stop it. A refusal is no fault: that a password was wrong is written down.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_account = request.path.startswith(reverse("account_page"))
        if request.method in SAFE or not is_account or request.path in map(reverse, LOOKING_AT_PASSWORDS):
            return self.get_response(request)
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 500:
                # Django has made a page of the exception already.
                transaction.set_rollback(True)
        return response
