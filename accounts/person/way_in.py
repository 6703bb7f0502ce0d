"""A sign-in ends by the way in that it began by: who was let through a door that was changed meanwhile starts again.

A sign-in takes its time: a password is looked at outside of any transaction, and a second factor is asked for by a page
of its own. Sessions that are there end when the way in changes; one that is about to be made must not come after that.
"""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.stages import LoginStage
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from accounts import audit, wording
from accounts.by import BY_FACTOR, By
from accounts.models import User
from accounts.person import factors

# What the password was when it was found right, as sessions are bound to it; kept with a sign-in that waits.
LOOKED_AT = "password"


class UnchangedStage(LoginStage):  # type: ignore[misc]  # allauth ships no types
    """The last stage of every sign-in: holds the user's row until the session is made, so that no change comes between.

    A change of the way in writes that row first, and then ends the sessions that are there.
    """

    key = "unchanged"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        fresh = User.objects.hold(user)
        if not _is_unchanged(self.request, fresh, looked_at=self.login.state.get(LOOKED_AT)):
            audit.record("account.sign_in_failed", by=By.at(self.request, None), target=fresh, outcome="refused")
            messages.warning(self.request, wording.WAY_IN_CHANGED)
            return redirect("account_login"), False
        # A claim has just set the password, which the session is bound to.
        user.password = fresh.password
        return None, True


def _is_unchanged(request: HttpRequest, user: User, *, looked_at: str | None) -> bool:
    """Say whether all that was proven in this sign-in counts still; nobody gave a password who has signed up."""
    if not user.is_active:
        return False
    if looked_at is not None and not constant_time_compare(looked_at, user.get_session_auth_hash()):
        return False
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    shown = {record["id"] for record in records if record["method"] == BY_FACTOR}
    if Authenticator.objects.filter(user=user, pk__in=shown).count() < len(shown):
        return False
    return bool(shown) or not factors.has_factor(user)
