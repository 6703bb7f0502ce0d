"""Operators look at bots; they can neither change nor enable one."""

from typing import TYPE_CHECKING

from django.contrib import admin

from accounts.witnessed import Witnessed
from strategies.models import Bot

if TYPE_CHECKING:  # generic for the type checker only
    BotPages = admin.ModelAdmin[Bot]
else:
    BotPages = admin.ModelAdmin


@admin.register(Bot)
class BotAdmin(Witnessed, BotPages):
    list_display = ("name", "owner", "connection", "state", "halt_reason", "paused", "risk_level", "enabled_at")
    list_filter = (
        "state",
        "halt_reason",
        "halted_by",
        "paused",
        ("winding_down_at", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
        "connection__exchange",
        "connection__venue",
        "risk_level",
        "direction",
    )
    list_select_related = ("connection__owner",)
    search_fields = ("name", "public_id", "connection__name", "connection__public_id", "connection__owner__email")
    ordering = ("-pk",)
    show_full_result_count = False
    actions = None
    fields = (
        "public_id",
        "name",
        "owner",
        "connection",
        "state",
        "halt_reason",
        "halted_at",
        "halted_by",
        "went_on_at",
        "enabled_at",
        "winding_down_at",
        "paused",
        "pairs_json",
        "direction",
        "risk_level",
        "margin_limit",
        "base_order",
        "first_add_on",
        "add_on_ratio",
        "add_ons",
        "first_step",
        "step_scale",
        "volume_scale",
        "floor",
        "least_improvement",
        "accepted_loss",
        "max_groups",
        "add_on_behaviour",
        "recovery_mode",
        "entry_source",
        "entry_rule",
        "trend_frame",
        "order_kind",
        "take_profit",
        "trailing",
        "stop_loss",
        "stop_timeout_seconds",
        "cool_down_minutes",
        "re_entry_minutes",
        "signal_hint",
        "signal_since",
        "step_at",
        "claimed_until",
        "fence",
        "created_at",
        "deleted_at",
    )
    readonly_fields = fields

    @admin.display(ordering="connection__owner__email")
    def owner(self, bot: Bot) -> str:
        return bot.connection.owner.email
