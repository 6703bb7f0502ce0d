"""Where each room's pages live."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("strategies.urls")),
    path("connections/", include("connections.urls")),
    path("account/", include("accounts.urls")),
    path("operators/", admin.site.urls),
]
