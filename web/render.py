"""Render a page, or the one fragment of it that htmx asked for."""

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
