"""Where each room's pages live."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("strategies.urls")),
    path("connections/", include("connections.urls")),
    path("account/", include("accounts.urls")),
    path("operators/", admin.site.urls),
]

handler400 = "web.errors.bad_request"
handler403 = "web.errors.forbidden"
handler404 = "web.errors.not_found"
handler500 = "web.errors.server_error"
