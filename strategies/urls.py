"""The overview and the bots' pages."""

from django.urls import path

from strategies import bot_views, form_views, views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("bots/", views.bots, name="bots"),
    path("bots/add/", form_views.add, name="bot_add"),
    path("bots/<uuid:public_id>/", bot_views.detail, name="bot_detail"),
    path("bots/<uuid:public_id>/chart/", bot_views.chart_data, name="bot_chart"),
    path("bots/<uuid:public_id>/journal/", bot_views.journal, name="bot_journal"),
    path("bots/<uuid:public_id>/journal.csv", bot_views.journal_csv, name="bot_journal_csv"),
    path("bots/<uuid:public_id>/orders/", bot_views.orders, name="bot_orders"),
    path("bots/<uuid:public_id>/orders.csv", bot_views.fills_csv, name="bot_fills_csv"),
    path("bots/<uuid:public_id>/closed/", bot_views.closed, name="bot_closed"),
    path("bots/<uuid:public_id>/edit/", form_views.edit, name="bot_edit"),
    path("bots/<uuid:public_id>/enable/", views.enable, name="bot_enable"),
    path("bots/<uuid:public_id>/disable/", views.disable, name="bot_disable"),
    path("bots/<uuid:public_id>/delete/", views.delete, name="bot_delete"),
    path("bots/worst-case/", form_views.worst_case, name="bot_worst_case"),
]
