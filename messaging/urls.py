from django.urls import path

from messaging import pages

urlpatterns = [
    path("", pages.inbox, name="messages"),
    path("read/", pages.read, name="messages_read"),
    path("channels/", pages.channels, name="channels"),
    path("channels/quiet/", pages.quiet, name="channels_quiet"),
    path("channels/add/<slug:via>/", pages.add, name="channel_add"),
    path("channels/<uuid:public_id>/", pages.channel, name="channel"),
    path("channels/<uuid:public_id>/test/", pages.test, name="channel_test"),
    path("channels/<uuid:public_id>/remove/", pages.remove, name="channel_remove"),
]
