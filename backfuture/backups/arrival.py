"""What must not go on as it was in a database that comes from the past.

What traders and exchanges did since is not known here: a bot was switched off, a key replaced, an order sent. So nobody
is signed in, no address of before takes signals, no key counts before it is tested again, nothing is bought until its
trader says so, and no order leaves for a pair before the exchange was asked what happened meanwhile
(strategies/execution/adoption.py). Its exits go on by themselves after that.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest

from accounts import audit, wording
from accounts.mails import outbox
from accounts.models import OutgoingMail, User, WebSession
from accounts.trail import sealing
from connections.models import UNDER_WAY, CheckRun, Connection, RunState, Status
from strategies.choices import LIVE_STATES, OrderState, SignalState, StopLevel
from strategies.models import Bot, Feed, Funds, Group, Order, Signal, StopSwitch, stops

# The exchange's clock and ours, and a transaction that was under way.
LOOK_BACK_SECONDS = 120


def arrive(*, backup: str, made_at: datetime, now: datetime) -> None:
    """Let the past stop here, in one transaction, and write down that and when it was restored."""
    sealing.anchor_restored(now)
    with transaction.atomic():
        WebSession.objects.all().delete()
        OutgoingMail.objects.all().delete()
        _doubt_connections(now)
        _doubt_orders(made_at, now)
        _pause(now)
        audit.record("product.restored", target=backup, outcome=f"{made_at:%Y-%m-%d %H:%M:%S} UTC")
        for user in User.objects.filter(is_active=True).order_by("pk").iterator(500):
            subject, text = str(wording.RESTORED), wording.restored(made_at=made_at, at=now)
            lasts = outbox.NOTICES_LAST
            outbox.write("notice.restored", to=user.email, subject=subject, text=text, user=user, lasts=lasts)
    sealing.seal(now)


def _doubt_connections(now: datetime) -> None:
    """A key may have been replaced, widened or deleted since: none counts before it is tested again, at once."""
    CheckRun.objects.filter(state__in=UNDER_WAY).update(state=RunState.SUPERSEDED, finished_at=now)
    doubted = {"status": Status.UNTESTED, "passed_revision": None, "trouble": "", "testing_run": None}
    Connection.objects.filter(deleted_at=None).update(**doubted, next_check_at=now)


def _doubt_orders(made_at: datetime, now: datetime) -> None:
    """An order that had not left by then may have left since: each that was under way is looked up by its id.

    A signal that waited may have been followed since: it is not followed again.
    """
    Signal.objects.filter(state=SignalState.WAITING).update(
        state=SignalState.HANDLED, outcome="signal.restored", handled_at=now
    )
    left = {"sends": Greatest(F("sends"), Value(1)), "sent_at": Coalesce("sent_at", "created_at")}
    maybe = Order.objects.filter(state__in=(OrderState.INTENDED, OrderState.ABSENT, OrderState.SENT))
    maybe.update(**left, state=OrderState.UNKNOWN, absences=0)
    Order.objects.filter(state__in=LIVE_STATES).update(look_at=now)
    Bot.objects.update(**Bot.NO_ADDRESS, claim="", claimed_until=None, step_at=now)
    Feed.objects.update(claim_until=None, look_at=None)
    # Of each connection that a bot is on, whether or not it ran then: it may have run since.
    for connection_id in Bot.objects.values_list("connection_id", flat=True).distinct():
        Funds.objects.get_or_create(connection_id=connection_id)
    doubted = {"restored_from": made_at, "caught_up_json": {}, "reconciled_at": None, "read_at": None}
    Funds.objects.update(**doubted, claim_until=None)
    traded = Bot.objects.filter(deleted_at=None).values("connection_id")
    Funds.objects.filter(connection__deleted_at=None, connection_id__in=traded).update(look_at=now)
    Group.objects.open().update(wake_low=None, wake_high=None, wake_at=None, is_behind=True)


def _pause(now: datetime) -> None:
    """Nobody buys until the operators have looked, and each trader: stops that were set since are forgotten here."""
    for owner in User.objects.filter(connections__bots__deleted_at=None).distinct().order_by("pk"):
        switch = StopSwitch.objects.filter(owner=owner, is_ours=False).first()
        level = stops.hardest(switch.level if switch else StopLevel.NONE, StopLevel.ADD_ONS)
        values = {"level": level, "changed_at": now, "is_restored": True}
        StopSwitch.objects.update_or_create(owner=owner, is_ours=False, defaults=values)
    everybody = StopSwitch.objects.filter(is_global=True).first()
    level = stops.hardest(everybody.level if everybody else StopLevel.NONE, StopLevel.ADD_ONS)
    StopSwitch.objects.update_or_create(is_global=True, owner=None, defaults={"level": level, "changed_at": now})
