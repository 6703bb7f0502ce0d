"""Pauses, closing and releasing: of a group, of a bot, of everything a trader has."""

from django.urls import path

from strategies import stop_views

urlpatterns = [
    path("stops/", stop_views.stops, name="stops"),
    path("pause/", stop_views.trader_pause, name="trader_pause"),
    path("close/", stop_views.trader_close, name="trader_close"),
    path("bots/<uuid:public_id>/pause/", stop_views.bot_pause, name="bot_pause"),
    path("bots/<uuid:public_id>/close/", stop_views.bot_close, name="bot_close"),
    path("groups/<uuid:public_id>/close/", stop_views.group_close, name="group_close"),
    path("groups/<uuid:public_id>/release/", stop_views.group_release, name="group_release"),
    path("groups/<uuid:public_id>/recovery/", stop_views.group_recovery, name="group_recovery"),
]
