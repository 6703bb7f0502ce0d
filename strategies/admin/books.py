"""Operators look at what bots did: groups, orders, fills, signals and decisions. Looking is all there is."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from accounts.witnessed import Witnessed
from strategies.models import Fill, Group, JournalLine, Order, Signal
from web.operators import LongList, ValuesOfLate

if TYPE_CHECKING:  # generic for the type checker only
    Pages = admin.ModelAdmin[Any]
else:
    Pages = admin.ModelAdmin

HOME = ("connection__exchange", "connection__venue")
OWNER = ("bot__name", "=bot__public_id", "bot__connection__owner__email")


class Books(LongList, Witnessed, Pages):
    """What trading leaves behind."""

    actions = None

    def get_fields(self, request: Any, obj: Any = None) -> list[Any]:
        return [field.name for field in self.opts.fields]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    @admin.display(description="owner", ordering="bot__connection__owner__email")
    def owner(self, row: Any) -> str:
        return str(row.bot.connection.owner.email)


@admin.register(Group)
class GroupAdmin(Books):
    list_display = (
        "pair",
        "bot",
        "owner",
        "mode",
        "quantity",
        "cost",
        "add_ons_done",
        "result",
        "reason",
        "close_asked_at",
        "opened_at",
        "closed_at",
    )
    list_filter = ("mode", *HOME, "side", ("close_asked_at", admin.EmptyFieldListFilter), "opened_at")
    list_select_related = ("bot__connection__owner",)
    search_fields = ("pair", "=public_id", "=reason", *OWNER)
    search_help_text = "Part of a pair, a bot's name or an e-mail, or exactly: a public id, a reason"


@admin.register(Order)
class OrderAdmin(Books):
    list_display = (
        "client_id",
        "bot",
        "owner",
        "pair",
        "purpose",
        "state",
        "quantity",
        "price",
        "filled",
        "refusal",
        "sends",
        "created_at",
        "look_at",
    )
    list_filter = ("state", "purpose", *HOME, "is_immediate", ("look_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("bot__connection__owner",)
    search_fields = ("=client_id", "=exchange_id", "pair", "=refusal", "=group__public_id", *OWNER)
    search_help_text = "Part of a pair, a bot's name or an e-mail, or exactly: our id, the exchange's id, a refusal"


@admin.register(Fill)
class FillAdmin(Books):
    list_display = (
        "trade_id",
        "order",
        "bot",
        "pair",
        "price",
        "quantity",
        "cost",
        "fee",
        "fee_asset",
        "is_fee_known",
        "at",
    )
    list_filter = (*HOME, "is_fee_known", ("fee_asset", ValuesOfLate), "at")
    list_select_related = ("order__bot",)
    search_fields = ("=trade_id", "=order__client_id", "pair", "order__bot__name", "connection__owner__email")
    search_help_text = "Part of a pair, a bot's name or an e-mail, or exactly: a trade id, our order id"

    @admin.display(ordering="order__bot__name")
    def bot(self, fill: Fill) -> str:
        return fill.order.bot.name


@admin.register(Signal)
class SignalAdmin(Books):
    list_display = ("received_at", "bot", "owner", "wish", "pair", "price", "state", "outcome", "told_at", "handled_at")
    list_filter = ("state", "wish", ("outcome", ValuesOfLate), "received_at")
    list_select_related = ("bot__connection__owner",)
    search_fields = ("pair", "=key", "=outcome", *OWNER)
    search_help_text = "Part of a pair, a bot's name or an e-mail, or exactly: a key, an outcome"


@admin.register(JournalLine)
class JournalAdmin(Books):
    list_display = ("at", "bot", "owner", "pair", "action", "reason", "group")
    list_filter = (("action", ValuesOfLate), "at")
    list_select_related = ("bot__connection__owner", "group")
    search_fields = ("pair", "=reason", "=group__public_id", *OWNER)
    search_help_text = "Part of a pair, a bot's name or an e-mail, or exactly: a reason, a group's public id"
