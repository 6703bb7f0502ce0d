"""The address that alerts are sent to, and the page about it."""

from django.urls import path

from strategies import signal_views

urlpatterns = [
    path("signals/<str:token>/", signal_views.signal, name="signal"),
    path("bots/<uuid:public_id>/signals/", signal_views.address, name="bot_signal_address"),
]
