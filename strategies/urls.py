"""The overview and the bots' pages."""

from django.urls import path

from strategies import form_views, views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("bots/", views.bots, name="bots"),
    path("bots/add/", form_views.add, name="bot_add"),
    path("bots/<uuid:public_id>/", views.detail, name="bot_detail"),
    path("bots/<uuid:public_id>/edit/", form_views.edit, name="bot_edit"),
    path("bots/<uuid:public_id>/enable/", views.enable, name="bot_enable"),
    path("bots/<uuid:public_id>/disable/", views.disable, name="bot_disable"),
    path("bots/<uuid:public_id>/delete/", views.delete, name="bot_delete"),
    path("bots/worst-case/", form_views.worst_case, name="bot_worst_case"),
]
