from django.urls import path

from connections import listing, views
from connections.pages import add

urlpatterns = [
    path("", listing.connections, name="connections"),
    path("test/", listing.test_all, name="connection_test_all"),
    path("add/", add.pick, name="connection_add"),
    path("add/<slug:exchange>/", add.add, name="connection_add_exchange"),
    path("<uuid:public_id>/", views.detail, name="connection_detail"),
    path("<uuid:public_id>/test/", views.test, name="connection_test"),
    path("<uuid:public_id>/rename/", views.rename, name="connection_rename"),
    path("<uuid:public_id>/replace/", views.replace, name="connection_replace"),
    path("<uuid:public_id>/discard/", views.discard, name="connection_discard"),
    path("<uuid:public_id>/delete/", views.delete, name="connection_delete"),
]
