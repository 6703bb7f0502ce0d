"""What the frame of every page needs: where one can go and where one is."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class MenuEntry:
    """One entry of the main navigation."""

    label: str
    icon: str
    url: str
    is_current: bool


# label, icon, the page's URL name, and what the names of the pages inside it start with
PLACES: tuple[tuple[str, str, str, str | tuple[str, ...]], ...] = (
    ("Overview", "layout-dashboard", "overview", "overview"),
    ("Connections", "plug", "connections", "connection"),
    ("Bots", "bot", "bots", ("bot", "group", "order", "look_back")),
    ("Stops", "circle-pause", "stops", ("stops", "trader")),
    ("Account", "circle-user-round", "account_page", ("account", "mfa")),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    here = (request.resolver_match.url_name or "") if request.resolver_match else ""
    places = []
    for label, icon, name, prefix in PLACES:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        places.append(MenuEntry(label, icon, url, here.startswith(prefix)))
    mails_url = reverse("mails") if settings.MAILS_DIR else ""
    return {"places": places, "practice_url": settings.PRACTICE_URL, "mails_url": mails_url}
