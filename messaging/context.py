"""What every page shows of messages: how many wait to be read, up to a number that is no longer worth counting."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from messaging.models import Message

MANY = 99


def bell(request: HttpRequest) -> dict[str, Any]:
    """Ask only where the page draws the bell."""
    user = request.user
    if not isinstance(user, User):
        return {}
    return {"unread_messages": SimpleLazyObject(lambda: Message.objects.unread_by(user)[: MANY + 1].count())}
