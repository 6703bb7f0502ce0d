"""The overview, the bots' pages, the address of alerts, and what stops bots."""

from django.urls import path

from strategies.pages import (
    account,
    bot,
    bot_actions,
    chart,
    closed,
    exports,
    journal,
    orders,
    overview,
    signals,
    stops,
)
from strategies.pages.bot_form import bot_file, glimpse, pair_search
from strategies.pages.bot_form import views as form_views
from strategies.pages.bot_list import together
from strategies.pages.bot_list import views as list_views
from strategies.pages.first_visit import try_out
from strategies.pages.hands import add, adopt, exits, opening, sell
from strategies.pages.look_backs import views as look_back_views
from strategies.pages.money import results, tax
from strategies.pages.order_list import views as order_views
from strategies.signals import endpoint

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("results/", results.results, name="results"),
    path("results/<int:year>/trades.csv", tax.trades_csv, name="results_trades_csv"),
    path("results/<int:year>/groups.csv", tax.groups_csv, name="results_groups_csv"),
    path("bots/<uuid:public_id>/results/", results.bot_results, name="bot_results"),
    path("orders/", order_views.all_orders, name="orders"),
    path("orders.csv", order_views.all_orders_csv, name="orders_csv"),
    path("bots/", list_views.bots, name="bots"),
    path("bots/together/", together.together, name="bots_together"),
    path("bots/import/", bot_file.take_in, name="bot_import"),
    path("bots/<uuid:public_id>/bot.json", bot_file.download, name="bot_file"),
    path("bots/add/", form_views.add, name="bot_add"),
    path("bots/<uuid:public_id>/", bot.detail, name="bot_detail"),
    path("bots/<uuid:public_id>/chart/", chart.chart_data, name="bot_chart"),
    path("bots/<uuid:public_id>/journal/", journal.journal, name="bot_journal"),
    path("bots/<uuid:public_id>/journal.csv", exports.journal_csv, name="bot_journal_csv"),
    path("bots/<uuid:public_id>/orders/", orders.order_list, name="bot_orders"),
    path("bots/<uuid:public_id>/orders.csv", exports.fills_csv, name="bot_fills_csv"),
    path("bots/<uuid:public_id>/closed/", closed.closed, name="bot_closed"),
    path("bots/<uuid:public_id>/edit/", form_views.edit, name="bot_edit"),
    path("bots/<uuid:public_id>/enable/", bot_actions.enable, name="bot_enable"),
    path("bots/<uuid:public_id>/disable/", bot_actions.disable, name="bot_disable"),
    path("bots/<uuid:public_id>/delete/", bot_actions.delete, name="bot_delete"),
    path("bots/<uuid:public_id>/look-backs/", look_back_views.of_bot, name="bot_look_backs"),
    path("look-backs/<uuid:public_id>/", look_back_views.one, name="look_back"),
    path("look-backs/<uuid:public_id>/cancel/", look_back_views.cancel, name="look_back_cancel"),
    path("look-backs/<uuid:public_id>/map/", look_back_views.ask_map, name="look_back_map"),
    path("look-backs/<uuid:public_id>/answer.json", look_back_views.as_json, name="look_back_json"),
    path("look-backs/<uuid:public_id>/groups.csv", look_back_views.groups_csv, name="look_back_groups_csv"),
    path("look-backs/<uuid:public_id>/months.csv", look_back_views.months_csv, name="look_back_months_csv"),
    path("look-backs/<uuid:public_id>/map.csv", look_back_views.map_csv, name="look_back_map_csv"),
    path("bots/pairs/", pair_search.search, name="bot_pairs"),
    path("bots/worst-case/", form_views.worst_case, name="bot_worst_case"),
    path("bots/glimpse/", glimpse.glimpse, name="bot_glimpse"),
    path("connections/<uuid:public_id>/loss-cap/", account.cap, name="connection_loss_cap"),
    path("signals/<str:token>/", endpoint.signal, name="signal"),
    path("bots/<uuid:public_id>/signals/", signals.address, name="bot_signal_address"),
    path("bots/<uuid:public_id>/signals/end/", signals.end, name="bot_signal_end"),
    path("bots/<uuid:public_id>/signals/test/", try_out.send_test, name="bot_signal_test"),
    path("bots/<uuid:public_id>/story/", try_out.tell_story, name="bot_story"),
    path("first-steps/", try_out.show_steps, name="first_steps"),
    path("stops/", stops.stops, name="stops"),
    path("pause/", stops.trader_pause, name="trader_pause"),
    path("close/", stops.trader_close, name="trader_close"),
    path("bots/<uuid:public_id>/pause/", stops.bot_pause, name="bot_pause"),
    path("bots/<uuid:public_id>/close/", stops.bot_close, name="bot_close"),
    path("groups/<uuid:public_id>/close/", stops.group_close, name="group_close"),
    path("groups/<uuid:public_id>/release/", stops.group_release, name="group_release"),
    path("groups/<uuid:public_id>/exits/", exits.exits, name="group_exits"),
    path("bots/<uuid:public_id>/open/", opening.open_group, name="bot_open"),
    path("bots/<uuid:public_id>/adopt/", adopt.adopt, name="bot_adopt"),
    path("groups/<uuid:public_id>/sell/", sell.sell, name="group_sell"),
    path("groups/<uuid:public_id>/add/", add.add, name="group_add"),
    path("groups/<uuid:public_id>/recovery/", stops.group_recovery, name="group_recovery"),
]
