"""Orders, each written down before it is sent, and the fills they got."""

from __future__ import annotations

import functools
import hashlib
import operator
import secrets
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from database.exact import ExactField
from database.prepared import Param
from exchanges.values import Fee
from strategies.choices import DOUBTFUL_STATES, LIVE_STATES, MOST_LOST, OrderState, Purpose

if TYPE_CHECKING:
    from accounts.models import User
    from strategies.models.bots import Bot

ZERO = Decimal(0)
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


# So many characters of an id say which bot's it is, should the order's row be lost.
TAG = 4


def client_id(bot: Bot | None = None) -> str:
    """Return an order id of our own: 24 characters that all ten exchanges take, at least 90 of its bits by chance.

    Those of a bot begin alike, so that a database that was restored from a backup finds out whose an order is.
    """
    tag = tag_of(bot.public_id) if bot else ""
    # Chance is asked for once, not for each letter: every question goes to the kernel.
    return f"bf{tag}{b32encode(secrets.token_bytes(14)).decode().lower()[: 22 - len(tag)]}"


def tag_of(public_id: UUID) -> str:
    """Return what the ids of a bot's orders begin with, behind our own two letters; it tells nobody which bot."""
    number = int.from_bytes(hashlib.sha256(f"orders of {public_id}".encode()).digest()[:8], "big")
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(TAG))


class OrderQuerySet(models.QuerySet["Order"]):
    def owned_by(self, user: User) -> OrderQuerySet:
        """Return the user's orders, those of deleted bots and connections too."""
        return self.filter(connection__owner=user)

    def live(self) -> OrderQuerySet:
        return self.filter(state__in=LIVE_STATES)

    def doubtful(self) -> OrderQuerySet:
        return self.filter(state__in=DOUBTFUL_STATES)

    def told(self, word: str) -> OrderQuerySet:
        """Return those of which a list shows the word: pair, bot, connection, and both ids."""
        names = ("pair", "bot__name", "connection__name", "client_id", "exchange_id")
        conditions = (models.Q(**{f"{name}__icontains": word}) for name in names)
        return self.filter(functools.reduce(operator.or_, conditions))

    def live_first(self) -> OrderQuerySet:
        is_over = models.Case(models.When(state__in=LIVE_STATES, then=0), default=1)
        return self.annotate(is_over=is_over).order_by("is_over", "-pk")

    def for_list(self) -> OrderQuerySet:
        """Return what a list shows of orders of several bots, in two queries."""
        fills = models.Prefetch("fills", Fill.objects.order_by("at", "pk"))
        return self.select_related("bot", "group", "connection").prefetch_related(fills)

    def to_look_up(self, now: datetime | Param) -> OrderQuerySet:
        """Return orders whose outcome must be asked for now, the longest waiting first."""
        return self.filter(look_at__lte=now).order_by("look_at")

    def parked(self) -> OrderQuerySet:
        """Return orders that nobody is asked about for a while: each look-up of late ended the worker that did it."""
        return self.filter(lost_looks__gte=MOST_LOST, look_until=None, look_at__isnull=False)

    def next_number(self, group_id: int) -> int:
        highest = self.filter(group=group_id).aggregate(highest=models.Max("number"))["highest"]
        return (highest or 0) + 1

    def move(self, order_id: int, come_from: tuple[str, ...], *, attempt: int | None = None, **values: Any) -> bool:
        """Take an order from one of these states to another; False when somebody else has moved it.

        What a worker learnt of an earlier attempt says nothing about one that was sent since (`attempt`: `sends`).
        """
        mine = self.filter(pk=order_id, state__in=come_from)
        return (mine if attempt is None else mine.filter(sends=attempt)).update(**values) == 1


class Order(models.Model):
    """One order of ours: an intent first, and what became of it.

    `client_id` is ours and never used twice; `number` counts the orders of a group, `step` is the rung of its ladder
    (0 for the entry), the last one where it buys several. A price is the worst one acceptable where `is_immediate`,
    else where the order waits. `look_at` is when to ask the exchange about it (None: nothing to ask); `absences` counts
    answers that it is not there. `end_told_at` is when the exchange first told that it ended with nothing filled; it is
    live until that is believed. `look_until` is when the look-up that began last must have ended, the same as `look_at`
    until it does, None while nobody asks for a while; `lost_looks` counts those before it, in a row, that never ended
    (strategies/execution/lookup.py).
    """

    client_id = models.CharField(max_length=36, default=client_id, editable=False)
    bot = models.ForeignKey("strategies.Bot", on_delete=models.PROTECT, related_name="orders")
    group = models.ForeignKey("strategies.Group", on_delete=models.PROTECT, related_name="orders")
    connection = models.ForeignKey("connections.Connection", on_delete=models.PROTECT, related_name="orders")
    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    step = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=40)
    pair = models.CharField(max_length=31)
    side = models.CharField(max_length=4, choices=[("buy", _("Buy")), ("sell", _("Sell"))])
    quantity = ExactField()
    price = ExactField()
    is_immediate = models.BooleanField()
    fence = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.INTENDED)
    refusal = models.CharField(max_length=40, blank=True)
    exchange_id = models.CharField(max_length=80, blank=True)
    filled = ExactField(default=ZERO)
    sends = models.PositiveIntegerField(default=0)
    absences = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    end_told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    look_until = models.DateTimeField(null=True)
    lost_looks = models.PositiveSmallIntegerField(default=0)
    cancel_asked_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_id"], name="order_client_id_once"),
            models.UniqueConstraint(fields=["group", "number"], name="order_number_once"),
            models.UniqueConstraint(
                fields=["group"], condition=models.Q(state__in=LIVE_STATES), name="order_one_live_per_group"
            ),
            models.CheckConstraint(condition=models.Q(state__in=OrderState.values), name="order_state_known"),
        ]
        indexes = [
            models.Index(fields=["look_at"], name="order_to_look_up"),
            models.Index(fields=["connection", "state"], name="order_by_connection"),
            models.Index(fields=["bot", "-id"], name="order_by_bot"),
            models.Index(fields=["connection", "purpose", "created_at"], name="order_by_purpose"),
            models.Index(fields=["ended_at"], name="order_by_end"),
            models.Index(fields=["look_at"], name="order_parked", condition=models.Q(lost_looks__gte=MOST_LOST)),
        ]

    def __str__(self) -> str:
        return self.client_id

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def is_parked(self) -> bool:
        return self.lost_looks >= MOST_LOST and self.look_until is None and self.look_at is not None

    @property
    def is_doubtful(self) -> bool:
        return self.state in DOUBTFUL_STATES


class Fill(models.Model):
    """One trade of an order of ours, as the exchange tells it; told twice it counts once.

    Trade ids are an exchange's own and unique within a pair (Binance counts per pair), but for a trade between two
    orders of ours, which is a fill of both. `fee` is positive when paid; `more_fees_json` are those in other coins, as
    [coin, amount]. A fee that the exchange has not told is reckoned (strategies/execution/charges.py), and it is not
    `is_fee_known`. `fee_value` is what those in other coins than the pair's were worth in its quote money at that
    moment, None where no price told it.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fills")
    connection = models.ForeignKey("connections.Connection", on_delete=models.PROTECT, related_name="+")
    pair = models.CharField(max_length=31)
    trade_id = models.CharField(max_length=80)
    price = ExactField()
    quantity = ExactField()
    cost = ExactField()
    fee = ExactField()
    fee_asset = models.CharField(max_length=20)
    more_fees_json = models.JSONField("more fees", default=list)
    is_fee_known = models.BooleanField("fee known", default=True)
    fee_value = ExactField(null=True, default=ZERO)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "pair", "trade_id", "order"], name="fill_counts_once"),
        ]

    def __str__(self) -> str:
        return self.trade_id


def read_more(stored: Any) -> tuple[Fee, ...]:
    """Read the further fees of a fill; what is not of their kind is left out."""
    rows: Sequence[Any] = stored if isinstance(stored, list) else []
    pairs = [row for row in rows if isinstance(row, list) and len(row) == 2 and all(isinstance(x, str) for x in row)]
    return tuple(Fee(asset, Decimal(amount)) for asset, amount in pairs)


def all_of(fill: Fill) -> tuple[Fee, ...]:
    return Fee(fill.fee_asset, fill.fee), *read_more(fill.more_fees_json)
