"""Operators look at people and at the trail; they change neither a password nor the past."""

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import audit, sudo
from accounts.by import By
from accounts.mails import notices
from accounts.models import AuditEvent, OutgoingMail, User
from accounts.person import sessions
from accounts.witnessed import Witnessed
from web.operators import LongList, ValuesOfLate

if TYPE_CHECKING:  # generic for the type checker only
    UserPages = admin.ModelAdmin[User]
    AuditPages = admin.ModelAdmin[AuditEvent]
    MailPages = admin.ModelAdmin[OutgoingMail]
else:
    UserPages = AuditPages = MailPages = admin.ModelAdmin

admin.site.site_header = "BackFuture AI · Operators"
admin.site.site_title = "BackFuture AI"
admin.site.index_title = "Operators"

# allauth's own page would let an operator confirm an address in somebody's name.
admin.site.unregister(EmailAddress)
# No operator looks at what a second factor is checked with.
admin.site.unregister(Authenticator)
# There is one rank of operators (is_staff) and superusers; groups would only pretend to mean something.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(Witnessed, UserPages):
    list_display = ("email", "display_name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "date_joined")
    search_fields = ("email", "display_name", "public_id")
    ordering = ("-pk",)
    fields = ("public_id", "email", "display_name", "is_active", "is_staff", "date_joined", "last_login")
    # It is switched off on its page of the room above, which says what becomes of its bots.
    readonly_fields = ("public_id", "email", "is_active", "date_joined", "last_login")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Making operators is for superusers."""
        return request.user.is_active and request.user.is_superuser

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser makes operators; nobody changes their own rank."""
        mine = obj is not None and obj.pk == request.user.pk
        may_rank = request.user.is_superuser and not mine
        return self.readonly_fields if may_rank else (*self.readonly_fields, "is_staff")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        by = By.of(request)
        if any(getattr(obj, field) is True for field in form.changed_data):
            sudo.allow(sudo.RANK_RAISED, by.user, by=by)
        # The whole row would bring back a password, a freeze or a rank as this page found it.
        obj.save(update_fields=form.changed_data)
        for field in form.changed_data:
            value = getattr(obj, field)
            outcome = str(value) if isinstance(value, bool) else "changed"
            if field == "is_staff" and value:
                notices.tell("staff", obj, request=request, can_undo=False)
            audit.record(f"user.{field}", by=by, target=obj, outcome=outcome)
        if "is_staff" in form.changed_data:
            # A new rank begins with a sign-in of its own.
            sessions.end_others(obj, but=None)


@admin.register(AuditEvent)
class AuditEventAdmin(LongList, Witnessed, AuditPages):
    list_display = ("at", "action", "outcome", "actor_label", "target", "address", "request_id")
    list_filter = ("at", ("outcome", ValuesOfLate), ("action", ValuesOfLate))
    search_fields = ("=actor_label", "=target", "=request_id", "=address", "action")
    search_help_text = "user:<public id>, connection:<public id>, a request id, an address, or part of an action"
    # The one thing here that reads the whole table: how else would somebody come to a day of last year?
    date_hierarchy = "at"
    readonly_fields = ("at", "action", "outcome", "actor_label", "target", "address", "request_id")
    fields = readonly_fields


@admin.register(OutgoingMail)
class OutgoingMailAdmin(Witnessed, MailPages):
    """Mails that wait, and those that were given up; what they say is sealed, and shown to nobody."""

    list_display = ("written_at", "kind", "to", "state", "tries", "trouble", "due_at")
    list_filter = ("state", "kind")
    search_fields = ("=to",)
    fields = readonly_fields = (*list_display, "expires_at")


# The admin's own form knows no rate limit: signing in goes through allauth everywhere.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def change_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Lead to the house's page: it keeps the trail and ends the other sessions."""
    return redirect("account_change_password")


admin.site.password_change = change_password  # type: ignore[method-assign,assignment]
