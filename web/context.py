"""What the frame of every page needs: where one can go and where one is."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


@dataclass(frozen=True)
class MenuEntry:
    """One entry of the main navigation."""

    label: str
    icon: str
    url: str
    is_current: bool


# label, icon, the page's URL name, and what the names of the pages inside it start with
PLACES: tuple[tuple[str, str, str, str | tuple[str, ...]], ...] = (
    (_("Overview"), "layout-dashboard", "overview", "overview"),
    (_("Connections"), "plug", "connections", "connection"),
    (_("Bots"), "bot", "bots", ("bot", "group", "order", "look_back")),
    (_("Stops"), "circle-pause", "stops", ("stops", "trader")),
    (_("Account"), "circle-user-round", "account_page", ("account", "mfa")),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    here = (request.resolver_match.url_name or "") if request.resolver_match else ""
    places = []
    for label, icon, name, prefix in PLACES:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        places.append(MenuEntry(gettext(label), icon, url, here.startswith(prefix)))
    mails_url = reverse("mails") if settings.MAILS_DIR else ""
    return {"places": places, "practice_url": settings.PRACTICE_URL, "mails_url": mails_url}
