from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from web.http import AuthenticatedRequest


def _soon(request: AuthenticatedRequest, **kwargs: Any) -> HttpResponse:
    return render(request, "base.html")


connections = test_all = pick = add = detail = test = rename = replace = discard = delete = _soon
