"""The overview and the bots' pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
