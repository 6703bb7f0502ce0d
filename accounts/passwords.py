"""Pages that set a password: it is hashed while no transaction is open, and saved in one with what follows from it."""

from typing import Any

from allauth.account import views
from allauth.core.exceptions import ImmediateHttpResponse
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse


class _SavedAtOnce:
    """For allauth's views; the form has the hash by the time that it is valid (accounts/forms.py)."""

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            try:
                response: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # a mixin
            except ImmediateHttpResponse as refused:
                # An answer, and no fault: what it tells of stays written.
                response = refused.response
            except ValidationError as error:
                form.add_error(None, error)
                response = self.form_invalid(form)  # type: ignore[attr-defined]
        return response


class SignUp(_SavedAtOnce, views.SignupView):  # type: ignore[misc]  # allauth ships no types
    pass


class ChangePassword(_SavedAtOnce, views.PasswordChangeView):  # type: ignore[misc]
    pass


class SetPassword(_SavedAtOnce, views.PasswordSetView):  # type: ignore[misc]
    pass


class ResetPassword(_SavedAtOnce, views.PasswordResetFromKeyView):  # type: ignore[misc]
    pass
