from django.urls import path

from connections.pages import add, detail, listing, practice

urlpatterns = [
    path("", listing.connections, name="connections"),
    path("test/", listing.test_all, name="connection_test_all"),
    path("add/", add.pick, name="connection_add"),
    path("add/<slug:exchange>/", add.add, name="connection_add_exchange"),
    path("add/<slug:exchange>/practice/", practice.use_key, name="connection_add_practice"),
    path("<uuid:public_id>/", detail.detail, name="connection_detail"),
    path("<uuid:public_id>/test/", detail.test, name="connection_test"),
    path("<uuid:public_id>/rename/", detail.rename, name="connection_rename"),
    path("<uuid:public_id>/replace/", detail.replace, name="connection_replace"),
    path("<uuid:public_id>/discard/", detail.discard, name="connection_discard"),
    path("<uuid:public_id>/delete/", detail.delete, name="connection_delete"),
]
