"""The overview and the bots' pages."""

from django.urls import path

from strategies import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("bots/", views.bots, name="bots"),
    path("bots/add/", views.add, name="bot_add"),
    path("bots/<uuid:public_id>/", views.detail, name="bot_detail"),
    path("bots/<uuid:public_id>/edit/", views.edit, name="bot_edit"),
    path("bots/<uuid:public_id>/enable/", views.enable, name="bot_enable"),
    path("bots/<uuid:public_id>/disable/", views.disable, name="bot_disable"),
    path("bots/<uuid:public_id>/delete/", views.delete, name="bot_delete"),
]
