"""Operators look at connections and check runs, and may ask for a check; secrets are registered nowhere."""

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts.by import By
from accounts.witnessed import Witnessed
from connections import errors, flows
from connections.models import CheckRun, Connection, Trigger, UnknownAnswer
from connections.records import StrangeLine
from web.operators import LongList, LookOnly

if TYPE_CHECKING:  # generic for the type checker only
    ConnectionPages = admin.ModelAdmin[Connection]
    RunPages = admin.ModelAdmin[CheckRun]
    AnswerPages = admin.ModelAdmin[UnknownAnswer]
else:
    ConnectionPages = RunPages = AnswerPages = admin.ModelAdmin


@admin.register(Connection)
class ConnectionAdmin(Witnessed, ConnectionPages):
    list_display = (
        "name",
        "owner",
        "exchange",
        "market",
        "venue",
        "shown_status",
        "trouble",
        "passed_at",
        "next_check_at",
        "is_deleted",
    )
    list_filter = ("status", "exchange", "venue", "market", "trouble", ("deleted_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    list_per_page = 50
    search_fields = ("name", "=public_id", "owner__email", "=account_uid", "=trouble")
    search_help_text = "Part of a name or e-mail, or exactly: a public id, an account number, a finding code"
    actions = ("check_now",)
    fields = (
        "public_id",
        "owner",
        "name",
        "exchange",
        "market",
        "venue",
        "status",
        "trouble",
        "trouble_since",
        "key_ending",
        "revision",
        "passed_revision",
        "passed_at",
        "attempt",
        "next_check_at",
        "account_uid",
        "created_at",
        "deleted_at",
    )
    readonly_fields = fields

    @admin.display(description="status", ordering="status")
    def shown_status(self, connection: Connection) -> str:
        return connection.shown_status

    @admin.display(description="deleted", boolean=True, ordering="deleted_at")
    def is_deleted(self, connection: Connection) -> bool:
        return connection.deleted_at is not None

    @admin.display(description="API key")
    def key_ending(self, connection: Connection) -> str:
        return f"••••{connection.key_hint}"

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "<int:object_id>/check/", self.admin_site.admin_view(require_POST(self.check_one)), name="check_connection"
        )
        return [page, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_check = {"may_check": self.has_check_permission(request)}
        return super().change_view(request, object_id, form_url, may_check | (extra_context or {}))

    def check_one(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Start a check, as the action of the list does, and come back to the connection's page."""
        if not self.has_check_permission(request):
            raise PermissionDenied
        get_object_or_404(Connection, pk=object_id)
        self.check_now(request, Connection.objects.filter(pk=object_id))
        return redirect("admin:connections_connection_change", object_id)

    def has_check_permission(self, request: HttpRequest) -> bool:
        """A check opens somebody's key: operators without rank only look."""
        return request.user.is_active and request.user.is_superuser

    @admin.action(description="Check now", permissions=["check"])
    def check_now(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        started = 0
        for connection in chosen:
            try:
                flows.start_check(connection, trigger=Trigger.OPERATOR, by=By.of(request))
                started += 1
            except errors.ConnectionsError as error:
                self.message_user(request, f"{connection.name}: {error}", messages.WARNING)
        if started:
            self.message_user(request, f"Checks started: {started}.", messages.SUCCESS)


@admin.register(CheckRun)
class CheckRunAdmin(LongList, Witnessed, RunPages):
    list_display = (
        "queued_at",
        "connection",
        "exchange",
        "trigger",
        "state",
        "verdict",
        "worst_code",
        "requests",
        "elapsed_ms",
        "reissues",
    )
    list_filter = ("state", "verdict", "trigger", "connection__exchange", "connection__venue", "queued_at")
    list_select_related = ("connection",)
    search_fields = ("connection__name", "=connection__public_id", "connection__owner__email")
    fields = (
        "connection",
        "attempt",
        "revision",
        "trigger",
        "state",
        "verdict",
        "findings_told",
        "unknown_told",
        "requests",
        "elapsed_ms",
        "reissues",
        "queued_at",
        "published_at",
        "claimed_at",
        "lease_until",
        "finished_at",
    )
    readonly_fields = fields

    @admin.display(description="exchange", ordering="connection__exchange")
    def exchange(self, run: CheckRun) -> str:
        return run.connection.spec.name

    @admin.display(description="worst finding")
    def worst_code(self, run: CheckRun) -> str:
        return run.worst.code if run.worst else ""

    @admin.display(description="findings")
    def findings_told(self, run: CheckRun) -> str:
        return "\n".join(f"{one.level}: {one.code}: {one.text}" for one in run.findings) or "none"

    @admin.display(description="answers in no table")
    def unknown_told(self, run: CheckRun) -> str:
        """Tell what a developer needs to put it into one: nobody's values are in it."""
        return format_html("<pre>{}</pre>", "\n\n".join(map(_told, run.evidence.strange)) or "none")


@admin.register(UnknownAnswer)
class UnknownAnswerAdmin(LookOnly, AnswerPages):
    list_display = ("exchange", "venue", "asked", "status", "code", "count", "cause", "last_at", "first_at")
    list_filter = ("exchange", "venue", "status", "cause")
    list_per_page = 50
    ordering = ("-last_at",)
    search_fields = ("=code", "asked")
    search_help_text = "A code, exactly, or part of a path"
    fields = (*list_display, "shape_told")
    readonly_fields = fields

    @admin.display(description="newest shape: keys, types, lengths")
    def shape_told(self, row: UnknownAnswer) -> str:
        return format_html("<pre>{}</pre>", json.dumps(row.shape, indent=1, ensure_ascii=False))


def _told(line: StrangeLine) -> str:
    code = f"code {line.code}" if line.code else "no code of its own"
    shape = json.dumps(line.shape, indent=1, ensure_ascii=False)
    # Short lines: nothing wraps them.
    return f"{line.question}: {line.asked}\n{line.status}, {code}\ntaken for {line.cause}\n{shape}"
