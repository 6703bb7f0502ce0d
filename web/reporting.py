"""What an error report may contain: the traceback's lines and nothing that anybody typed."""

from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest, QueryDict
from django.views.debug import SafeExceptionReporterFilter


class NothingPrivate(SafeExceptionReporterFilter):
    """Leave out POST, cookies, headers, settings and locals wholesale: a list of names to hide forgets one."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> QueryDict:
        return QueryDict()

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        return {}.items()

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_safe_settings(self) -> dict[str, Any]:
        return {}
