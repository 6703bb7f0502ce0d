"""Render a page, or the one fragment of it that htmx asked for."""

import hashlib
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def render_partial(
    request: HttpRequest, template: str, partial: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render `template#partial` for htmx, else the whole template: the view names the fragment, never the client."""
    is_fragment = bool(getattr(request, "htmx", False))
    response = render(request, f"{template}#{partial}" if is_fragment else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


# Times are told anew in the browser: that a minute went by changes nothing. Tokens are masked anew each time.
PASSING = re.compile(r"(<time\b[^>]*>)[^<]*|value=\"[A-Za-z0-9]{64}\"")
# Where a fragment names what it shows, in the address that it asks again.
SEEN = "seen=-seen-"


def render_changes(request: HttpRequest, template: str, partial: str, context: dict[str, Any]) -> HttpResponse:
    """Render as `render_partial` does; a fragment that would be what the page shows already is answered by nothing.

    The fragment asks again with `seen=-seen-` in its address, and the mark is filled in here; a whole page has seen
    nothing.
    """
    response = render_partial(request, template, partial, context)
    text, seen = response.content.decode(), ""
    if getattr(request, "htmx", False):
        seen = hashlib.sha256(PASSING.sub(r"\1", text).encode()).hexdigest()[:16]
        if request.GET.get("seen") == seen:
            return HttpResponse(status=204)
    response.content = text.replace(SEEN, f"seen={seen}")
    return response
