"""The strategies room."""

from django.apps import AppConfig


class StrategiesConfig(AppConfig):
    name = "strategies"
