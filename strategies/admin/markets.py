"""Operators look at what the bots stand on: prices and rules of markets, and the money of connections."""

from django.contrib import admin

from strategies.admin.books import Books
from strategies.models import Funds, Instrument


@admin.register(Instrument)
class InstrumentAdmin(Books):
    list_display = (
        "pair",
        "exchange",
        "venue",
        "price",
        "priced_at",
        "min_amount",
        "min_cost",
        "is_tradable",
        "ruled_at",
        "wanted_until",
    )
    list_filter = ("exchange", "venue", "is_tradable", ("priced_at", admin.EmptyFieldListFilter))
    ordering = ("exchange", "venue", "pair")
    search_fields = ("pair",)


@admin.register(Funds)
class FundsAdmin(Books):
    list_display = ("connection", "owner", "exchange", "read_at", "reconciled_at", "trouble", "odd_rows", "look_at")
    list_filter = ("connection__exchange", "connection__venue", "trouble")
    list_select_related = ("connection__owner",)
    search_fields = ("connection__name", "=connection__public_id", "connection__owner__email", "=trouble")

    @admin.display(description="rows that could not be read")
    def odd_rows(self, funds: Funds) -> int:
        return funds.odd.count

    @admin.display(ordering="connection__owner__email")
    def owner(self, funds: Funds) -> str:
        return funds.connection.owner.email

    @admin.display(ordering="connection__exchange")
    def exchange(self, funds: Funds) -> str:
        return funds.connection.spec.name
