"""Groups: one position each, from its first entry to its exit."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.utils import timezone

from database.exact import ExactField
from database.ids import public_id
from exchanges.proven import plain
from strategies.choices import OPEN_MODES, GroupMode
from strategies.engine.ladder import Ladder
from strategies.engine.position import Side

if TYPE_CHECKING:
    from accounts.models import User
    from strategies.models.bots import Bot

ZERO = Decimal(0)
LADDER_NUMBERS = ("base", "add_on", "step", "step_scale", "volume_scale")
NO_BAND = {"wake_low": None, "wake_high": None, "wake_at": None}


class Exits(NamedTuple):
    """Where a group is sold, in percents as a bot's settings have them; None is no stop loss."""

    take_profit: Decimal
    stop_loss: Decimal | None


class Adoption(NamedTuple):
    """Coins that a group took over from the account, and what its trader says a coin was paid for."""

    quantity: Decimal
    price: Decimal
    at: datetime

    @property
    def cost(self) -> Decimal:
        return self.quantity * self.price


class GroupQuerySet(models.QuerySet["Group"]):
    def owned_by(self, user: User) -> GroupQuerySet:
        return self.filter(bot__connection__owner=user)

    def open(self) -> GroupQuerySet:
        return self.filter(mode__in=OPEN_MODES)

    def closed(self) -> GroupQuerySet:
        return self.exclude(mode__in=OPEN_MODES)

    def for_cards(self) -> GroupQuerySet:
        """Return what a page shows of groups, those in trouble first, in one query."""
        troubled_first = models.Case(models.When(mode=GroupMode.RECOVERY, then=0), default=1)
        rows = self.select_related("bot", "connection").annotate(trouble=troubled_first)
        return rows.order_by("trouble", "pair", "pk")

    def of_bot(self, bot: Bot) -> GroupQuerySet:
        return self.filter(bot=bot)

    def to_be_sold(self) -> GroupQuerySet:
        """Return open groups of bots that wind down, and those of which their trader asked to sell all or a part."""
        asked = models.Q(close_asked_at__isnull=False) | models.Q(sell_to__isnull=False)
        return self.open().filter(asked | models.Q(bot__winding_down_at__isnull=False))

    def refuse_to_add(self, group: Group, reason: str) -> bool:
        """Answer what its trader asked to buy when the group was read; False: it is answered, or asked for anew."""
        asked = self.filter(pk=group.pk, to_add__isnull=False, to_add_at=group.to_add_at)
        return asked.update(to_add=None, add_refusal=reason) == 1

    def for_closing(self) -> GroupQuerySet:
        """Return open groups with what the pages that close them show, in one query."""
        return self.open().select_related("bot__connection__owner", "connection__testing_run").order_by("pair", "pk")


class Group(models.Model):
    """One position of a bot in one pair, on the connection it was opened on.

    `ladder_json` is fixed when the group opens: what a trader edits later changes new groups only. `quantity`, `cost`,
    `fee_coin` and `fee_quote` are the sums of its buys, `sold` and `proceeds` (net of fees) those of its sells;
    `fee_other` is what fees of its buys in a third coin were worth, without those of `has_unvalued_fees`; `fee_rate`
    what was told to be taken of its buys, as a share (None: nothing told yet). `held_quantity` and `at_work` are what
    of `quantity` and `cost` is not sold, before fees; `fees` are those of all its fills in quote money. All of them
    are made anew from its fills by strategies/execution/books.py, never counted up. `carried` is dust of earlier
    groups that it took at no cost, `passed_on` what of its own dust a later group took, or the trader moved away.
    `counted_on` is the day in whose kept sums (strategies/models/kept.py) it counts with `counted_result` and
    `counted_fees`.
    `reason` is what it waits for, as the engine said last. After `refusals` in a row by the exchange it asks again
    from `retry_at` on. While all
    prices lie between `wake_low` and `wake_high` (None: no bound) and it is before `wake_at`, nothing changes for it;
    without a `wake_at` every look may change something. It has been in Recovery Mode since `recovery_since`
    (None: it is not), was first at `recovery_began_at`, and left it last at `recovery_left_at`. Its price was
    beyond the stop loss at each look since `stop_since`. It `is_behind` after a restore from a backup, until the orders
    that were placed since are in its books: nothing is sent for it. With an `own_take_profit` its trader has set both
    exits for it alone, in percents as the bot's; without an `own_stop_loss` it has no stop loss then. Its trader
    asked for a part to be sold while there is a `sell_to`: until so much of it was `sold` in all. They asked last at
    `to_add_at` to buy more at once, for as much quote money as `to_add` says until the order is written down, or it is
    refused for `add_refusal`. It began with `adopted` coins that the account had already, if any: no order of ours
    bought them, and they count as if they had been bought at `adopted_at` for the `adopted_price` that its trader
    named, without a fee. It `is_unseen` until a reading of the account after that moment shows them: nothing is sent
    for it.
    """

    public_id = models.UUIDField(default=public_id, unique=True, editable=False)
    bot = models.ForeignKey("strategies.Bot", on_delete=models.PROTECT, related_name="groups")
    connection = models.ForeignKey("connections.Connection", on_delete=models.PROTECT, related_name="groups")
    pair = models.CharField(max_length=31)
    side = models.CharField(max_length=10, choices=[(side.value, side.value.title()) for side in Side])
    mode = models.CharField(max_length=10, choices=GroupMode.choices, default=GroupMode.NORMAL)
    ladder_json = models.JSONField(default=dict)
    opened_by = models.ForeignKey("strategies.Signal", null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True)
    close_asked_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=40, blank=True)
    first_price = ExactField(null=True)
    first_fill_at = models.DateTimeField(null=True)
    last_fill_at = models.DateTimeField(null=True)
    last_fill_price = ExactField(null=True)
    add_ons_done = models.PositiveIntegerField(default=0)
    quantity = ExactField(default=ZERO)
    cost = ExactField(default=ZERO)
    fee_coin = ExactField(default=ZERO)
    fee_quote = ExactField(default=ZERO)
    fee_other = ExactField(default=ZERO)
    fee_rate = ExactField(null=True)
    has_unvalued_fees = models.BooleanField(default=False)
    carried = ExactField(default=ZERO)
    passed_on = ExactField(default=ZERO)
    sold = ExactField(default=ZERO)
    proceeds = ExactField(default=ZERO)
    held_quantity = ExactField(default=ZERO)
    at_work = ExactField(default=ZERO)
    result = ExactField(null=True)
    fees = ExactField(default=ZERO)
    counted_on = models.DateField(null=True, editable=False)
    counted_result = ExactField(null=True, editable=False)
    counted_fees = ExactField(default=ZERO, editable=False)
    alarms = models.PositiveIntegerField(default=0)
    recovery_since = models.DateTimeField(null=True)
    recovery_began_at = models.DateTimeField(null=True)
    recovery_left_at = models.DateTimeField(null=True)
    recovery_reason = models.CharField(max_length=40, blank=True)
    recovery_forced = models.BooleanField(default=False)
    recovery_released = models.BooleanField(default=False)
    quiet_until = models.DateTimeField(null=True)
    best = ExactField(null=True)
    stop_since = models.DateTimeField(null=True)
    sell_to = ExactField(null=True)
    to_add = ExactField(null=True)
    to_add_at = models.DateTimeField(null=True)
    add_refusal = models.CharField(max_length=40, blank=True)
    own_take_profit = ExactField(null=True)
    own_stop_loss = ExactField(null=True)
    is_behind = models.BooleanField(default=False, editable=False)
    adopted = ExactField(null=True)
    adopted_price = ExactField(null=True)
    adopted_at = models.DateTimeField(null=True)
    is_unseen = models.BooleanField(default=False, editable=False)
    refusals = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    reason_since = models.DateTimeField(null=True)
    wake_low = models.FloatField(null=True, editable=False)
    wake_high = models.FloatField(null=True, editable=False)
    wake_at = models.DateTimeField(null=True, editable=False)

    objects = GroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "pair", "side"], condition=models.Q(mode__in=OPEN_MODES), name="group_once_per_pair"
            ),
            models.CheckConstraint(condition=models.Q(mode__in=GroupMode.values), name="group_mode_known"),
            models.CheckConstraint(
                condition=models.Q(own_take_profit__isnull=False) | models.Q(own_stop_loss=None),
                name="group_has_both_exits_of_its_own",
            ),
            models.CheckConstraint(
                condition=models.Q(to_add=None) | models.Q(to_add_at__isnull=False),
                name="group_knows_since_when_to_add",
            ),
            models.CheckConstraint(
                condition=models.Q(adopted=None, adopted_price=None, adopted_at=None)
                | models.Q(adopted__isnull=False, adopted_price__isnull=False, adopted_at__isnull=False),
                name="group_knows_all_of_what_it_adopted",
            ),
        ]
        indexes = [
            models.Index(fields=["bot", "mode"], name="group_by_bot"),
            models.Index(fields=["connection", "pair", "mode"], name="group_by_pair"),
            models.Index(
                fields=["pair", "wake_low"], condition=models.Q(wake_low__isnull=False), name="group_wakes_below"
            ),
            models.Index(
                fields=["pair", "wake_high"], condition=models.Q(wake_high__isnull=False), name="group_wakes_above"
            ),
            models.Index(fields=["bot"], condition=models.Q(has_unvalued_fees=True), name="group_unvalued"),
            models.Index(fields=["connection", "closed_at"], name="group_by_end"),
            models.Index(fields=["connection"], condition=models.Q(mode=GroupMode.RECOVERY), name="group_in_recovery"),
            models.Index(fields=["wake_at"], condition=models.Q(wake_at__isnull=False), name="group_wakes_at"),
        ]

    def __str__(self) -> str:
        return f"{self.pair} {self.side}"

    @property
    def is_open(self) -> bool:
        return self.mode in OPEN_MODES

    @property
    def is_left_alone(self) -> bool:
        """Say whether nothing happens to it, not even at its stop loss: its bot is off or halted, no close is asked."""
        return self.is_open and not self.is_asked_for and not self.bot.can_close

    @property
    def is_asked_for(self) -> bool:
        return self.close_asked_at is not None or self.sell_to is not None

    @property
    def add_asked(self) -> tuple[Decimal, datetime] | None:
        """Return how much its trader asked to buy at once, and when; None: nothing, or it was answered."""
        return None if self.to_add is None or self.to_add_at is None else (self.to_add, self.to_add_at)

    @property
    def adoption(self) -> Adoption | None:
        """Return the coins that it began with and that no order of ours bought; None: it has none."""
        if self.adopted is None or self.adopted_price is None or self.adopted_at is None:
            return None
        return Adoption(self.adopted, self.adopted_price, self.adopted_at)

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was bought yet: its entry is still on the way."""
        return not self.quantity

    @property
    def ladder(self) -> Ladder:
        return read_ladder(self.ladder_json)

    @property
    def own_exits(self) -> Exits | None:
        """Return those that its trader set for it alone; None: the bot's settings have them."""
        return None if self.own_take_profit is None else Exits(self.own_take_profit, self.own_stop_loss)

    @property
    def exits(self) -> Exits:
        return self.own_exits or Exits(self.bot.take_profit, self.bot.stop_loss)

    @property
    def held(self) -> Decimal:
        """Return what the bot bought or took over, and still has, in coins: fees taken in the coin are gone."""
        held: Decimal = self.quantity + self.carried - self.fee_coin - self.sold - self.passed_on
        return held

    @property
    def average(self) -> Decimal | None:
        """Return what was paid for a coin of those that are held; once all are sold, of all that were bought."""
        paid, bought = (self.at_work, self.held_quantity) if self.held_quantity else (self.cost, self.quantity)
        average: Decimal | None = paid / bought if bought else None
        return average


def ladder_json(ladder: Ladder) -> dict[str, Any]:
    """Return a ladder as a group keeps it."""
    return {**{name: plain(getattr(ladder, name)) for name in LADDER_NUMBERS}, "add_ons": ladder.add_ons}


def read_ladder(stored: Any) -> Ladder:
    """Read a stored ladder; raises KeyError or ArithmeticError for one that we did not write."""
    return _ladder(tuple(str(stored[name]) for name in LADDER_NUMBERS), int(stored["add_ons"]))


@lru_cache(maxsize=4096)
def _ladder(numbers: tuple[str, ...], add_ons: int) -> Ladder:
    values = dict(zip(LADDER_NUMBERS, map(Decimal, numbers), strict=True))
    return Ladder(**values, add_ons=add_ons)


def key_of(group: Group) -> tuple[str, str, str]:
    return group.connection.exchange, group.connection.venue, group.pair
