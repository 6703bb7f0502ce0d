"""The connections room."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "connections"
