"""What a person reads before an act goes on that waited for them: of what it is, and the values that they chose."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.urls import resolve
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import wording
from accounts.models import User

Lines = list[tuple[str, str]]
# Takes the user, what the address names, and what was typed; says nothing of what is not the user's.
Teller = Callable[[User, Mapping[str, Any], QueryDict], Lines]


def lines_of(user: User, path: str, fields: list[list[str]]) -> Lines:
    """Return what the route of this path tells, a label and a value each, by settings.TOLD_BEFORE_GOING_ON."""
    match, typed = resolve(path.partition("?")[0]), QueryDict(mutable=True)
    for name, value in fields:
        typed.appendlist(name, value)
    tellers: dict[str, Teller] = {}
    for table in settings.TOLD_BEFORE_GOING_ON:
        tellers |= import_string(table)
    teller = tellers.get(match.view_name)
    return teller(user, match.kwargs, typed) if teller else []


def address(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    chosen = [text for button, text in wording.ADDRESS_BUTTONS.items() if button in typed]
    return [(_("Address"), typed.get("email", "")), (_("What happens"), str(chosen[0]) if chosen else "")]


def own_account(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    return [(_("Account"), user.email)]


def rank(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    """Tell an operator which person it is, and what that one may from then on; the page asks for the right to."""
    mine = {"public_id": named["public_id"]} if "public_id" in named else {"pk": named["object_id"]}
    them = User.objects.filter(**mine).first() if user.is_superuser else None
    if them is None:
        return []
    what = (_("May sign in"), "how") if "public_id" in named else (_("Operator"), "is_staff")
    return [(_("Account"), them.email), (what[0], _("yes") if what[1] in typed else _("no"))]


TELLERS: dict[str, Teller] = {
    "account_email": address,
    "account_export": own_account,
    "account_close": own_account,
    "admin:accounts_user_change": rank,
    "operators_person": rank,
}
