"""Where each room's pages live."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from accounts.activity import activity
from backfuture.operations.page import operations
from backfuture.operations.person import person
from messaging.pages import push_worker
from web import mails

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("strategies.urls")),
    path("connections/", include("connections.urls")),
    path("account/activity/", activity, name="account_activity"),
    path("account/", include("accounts.urls")),
    path("messages/", include("messaging.urls")),
    path("push-worker.js", push_worker, name="push_worker"),
    # Before the operators' other pages, whose last address takes all that is left.
    path("operators/operations/", admin.site.admin_view(operations), name="operations"),
    path("operators/accounts/person/<uuid:public_id>/", admin.site.admin_view(person), name="operators_person"),
    path("operators/", admin.site.urls),
]

if settings.MAILS_DIR:
    urlpatterns.append(path("mails/", mails.page, name="mails"))

handler400 = "web.errors.bad_request"
handler403 = "web.errors.forbidden"
handler404 = "web.errors.not_found"
handler500 = "web.errors.server_error"
