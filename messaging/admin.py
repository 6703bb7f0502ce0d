"""Operators look at what waits and what was given up; what a message says to its reader is shown to nobody."""

from typing import TYPE_CHECKING

from django.contrib import admin

from accounts.witnessed import Witnessed
from messaging.models import Channel, Delivery
from web.operators import LongList, ValuesOfLate

if TYPE_CHECKING:  # generic for the type checker only
    DeliveryPages = admin.ModelAdmin[Delivery]
    ChannelPages = admin.ModelAdmin[Channel]
else:
    DeliveryPages = ChannelPages = admin.ModelAdmin


@admin.register(Delivery)
class DeliveryAdmin(LongList, Witnessed, DeliveryPages):
    list_display = ("pk", "kind", "via", "state", "tries", "trouble", "due_at", "sent_at")
    list_filter = ("state", "channel__via", ("message__kind", ValuesOfLate), ("trouble", ValuesOfLate))
    list_select_related = ("message", "channel")
    fields = readonly_fields = ("kind", "via", "state", "tries", "trouble", "due_at", "expires_at", "sent_at")

    @admin.display(ordering="message__kind")
    def kind(self, one: Delivery) -> str:
        return one.message.kind

    @admin.display(ordering="channel__via")
    def via(self, one: Delivery) -> str:
        return one.channel.via


@admin.register(Channel)
class ChannelAdmin(Witnessed, ChannelPages):
    list_display = ("public_id", "user", "via", "made_at", "sent_at", "trouble")
    list_filter = ("via", "trouble")
    search_fields = ("=user__email",)
    list_select_related = ("user",)
    fields = readonly_fields = (*list_display,)
