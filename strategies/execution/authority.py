"""The authority to trade, asked for in the one statement that marks an order sent."""

from datetime import datetime
from functools import partial

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import served
from accounts.person.factors import REAL
from connections import desks
from connections.models import Connection, ExchangePause, Status, Venue
from connections.pauses import lasting
from database.prepared import PreparedUpdate, Update, moment, number
from strategies.choices import BotState, HaltedBy, OrderState, Purpose, StopLevel
from strategies.engine.decide import PART
from strategies.execution import books
from strategies.models import Bot, BotQuerySet, Group, Order, StopSwitch
from strategies.models.funds import RECONCILED_FOR

STOPPED_BY = {
    Purpose.ENTRY: (StopLevel.ENTRIES, StopLevel.ADD_ONS, StopLevel.ORDERS),
    Purpose.ADD_ON: (StopLevel.ADD_ONS, StopLevel.ORDERS),
    Purpose.EXIT: (StopLevel.ORDERS,),
}
# A finding takes the proof back, so that an Error that still has one is trouble.
PROVEN_IN = {
    Purpose.ENTRY: (Status.ONLINE,),
    Purpose.ADD_ON: (Status.ONLINE,),
    Purpose.EXIT: (Status.ONLINE, Status.ERROR),
}


def mark_sent(order: Order, *, now: datetime) -> bool:
    """Take the order from intended to sent if, at this moment, everything gives it the right to be.

    The connection Online by a fresh pass of the key now stored, the books compared within a minute, the bot running
    under the claim that decided (or the group's trader asked to close it, or for the part that is sold), its owner
    active (or, for an exit, switched off by operators who let its bots close what they hold), no stop of the bot, the
    trader or the operators, the group still open and, for a buy, not asked to be closed. A bot that winds down opens
    nothing. A buy with real money needs a second factor of the owner's. For an exit the fresh pass is enough: trouble
    that keeps us from testing the key takes it from being Online and no exit from being sent. Buys wait while the
    exchange wants to be left alone or does not answer; exits only once it refuses them too, by books that were fresh
    before. After a restore nothing is sent for a group before its pair is caught up, and nothing is bought before all
    pairs are. Nothing is sent for a group of adopted coins before the account showed them.
    """
    compared_after = now - RECONCILED_FOR
    if order.purpose == Purpose.EXIT:
        pause = desks.pause_of(order.connection.exchange, order.connection.venue, now)
        compared_after = desks.compared_as_of(pause, now) - RECONCILED_FOR
    is_marked = (
        _MARKED[Purpose(order.purpose)].run(
            order=order.pk,
            bot=order.bot_id,
            sends=order.sends,
            sent_at=now,
            look_at=now + books.FIRST_LOOK,
            passed_after=now - settings.PASS_LIFETIME,
            compared_after=compared_after,
        )
        == 1
    )
    order.sends += is_marked
    return is_marked


def _marking(purpose: Purpose) -> Update:
    # Without joins: the row itself must be looked at again when somebody else has just changed it.
    intended = Order.objects.filter(pk=number("order"), state=OrderState.INTENDED, sends=number("sends"))
    # By name: where a table's figures are not known yet, PostgreSQL would look for the bot among all of them.
    intended = intended.filter(bot=number("bot"))
    groups = Group.objects.open().filter(pk=OuterRef("group_id"), is_behind=False, is_unseen=False)
    if purpose != Purpose.EXIT:
        groups = groups.filter(close_asked_at=None)
    here = {"exchange": OuterRef("exchange"), "venue": OuterRef("venue")}
    at_home = Exists(Connection.objects.filter(pk=OuterRef(OuterRef("connection_id")), **here))
    # The trader's own, and the operators' for this person.
    of_owner = Q(owner__connections=OuterRef("connection_id"))
    stops = StopSwitch.objects.filter(Q(is_global=True) | of_owner | at_home, level__in=STOPPED_BY[purpose])
    allowed = intended.filter(Exists(_authority(purpose)), Exists(groups), ~Exists(stops))
    marked = {"state": OrderState.SENT, "sent_at": moment("sent_at"), "look_at": moment("look_at"), "absences": 0}
    return allowed, {**marked, "sends": F("sends") + 1}


def _authority(purpose: Purpose) -> BotQuerySet:
    running = Q(state=BotState.ENABLED, deleted_at=None)
    if purpose == Purpose.ENTRY:
        running &= Q(winding_down_at=None)
    waiting = Q(state=BotState.HALTED, halted_by=HaltedBy.TROUBLE, deleted_at=None)
    part = Q(sell_to__isnull=False, orders=OuterRef(OuterRef("pk")), orders__reason=PART)
    asked = Group.objects.filter(Q(close_asked_at__isnull=False) | part, pk=OuterRef(OuterRef("group_id")))
    here = {"exchange": OuterRef("connection__exchange"), "venue": OuterRef("connection__venue")}
    pauses = ExchangePause.objects.filter(lasting(moment("sent_at")), **here)
    factors = Authenticator.objects.filter(user=OuterRef("connection__owner"), type__in=REAL)
    may_risk = Q() if purpose == Purpose.EXIT else Q(connection__venue=Venue.PRACTICE) | Exists(factors)
    # What somebody holds who was switched off may still be sold; it was chosen then.
    is_here = served("connection__owner__") if purpose == Purpose.EXIT else Q(connection__owner__is_active=True)
    caught_up = Q() if purpose == Purpose.EXIT else Q(connection__funds__restored_from=None)
    return Bot.objects.filter(
        running | waiting | Exists(asked) if purpose == Purpose.EXIT else running,
        may_risk,
        is_here,
        caught_up,
        ~Q(paused__in=STOPPED_BY[purpose]),
        ~Exists(pauses.filter(is_total=True) if purpose == Purpose.EXIT else pauses),
        pk=number("bot"),
        fence=OuterRef("fence"),
        connection_id=OuterRef("connection_id"),
        connection__status__in=PROVEN_IN[purpose],
        connection__deleted_at=None,
        connection__passed_revision=F("connection__revision"),
        connection__passed_at__gt=moment("passed_after"),
        connection__funds__reconciled_at__gt=moment("compared_after"),
    )


_MARKED = {purpose: PreparedUpdate(partial(_marking, purpose)) for purpose in Purpose}
