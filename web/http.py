"""Request types that views annotate with; what the middleware adds is written down here once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from django.http import Http404, HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    # The stubs' alias of settings.AUTH_USER_MODEL: this room knows no app, so it cannot name accounts.User.
    from django.contrib.auth.models import _User


View = TypeVar("View", bound=Callable[..., object])


def shown_again_when_too_large(view: View) -> View:
    """Let a form be shown again, with status 413, when what was sent is over the limit (request.is_too_large)."""
    view.is_shown_again_when_too_large = True  # type: ignore[attr-defined]
    return view


class WebRequest(HttpRequest):
    """A request as the middleware hands it to a view that may be public."""

    htmx: HtmxDetails


class AuthenticatedRequest(WebRequest):
    """A request to a page that asks for sign-in, which is every page that does not say otherwise."""

    user: "_User"


@contextmanager
def gone_is_404(error: type[Exception]) -> Iterator[None]:
    """Somebody deleted the row in another window, between our look and the flow's statement."""
    try:
        yield
    except error:
        raise Http404 from None
