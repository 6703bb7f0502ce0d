"""Work that ends its workers: bots are halted for it after a few tries, look-ups and comparisons of books rest for a
while; all of them go on at once when the fault is mended."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.by import By
from strategies import claims, halts
from strategies.choices import BotState, HaltedBy
from strategies.models import Bot, BotQuerySet, Funds
from strategies.models.funds import KILLED, FundsQuerySet
from strategies.models.orders import OrderQuerySet
from workers import alarms

REASON, AT_ONCE = "step.killed", 100


def park(now: datetime) -> None:
    """Halt the bots whose work has ended its worker so often in a row that nobody tries it any more.

    Their groups are closed when the trader asks for it: of a halted bot nothing else is decided, which may well work.
    """
    for bot in claims.worn(now).order_by("pk")[:AT_ONCE]:
        with transaction.atomic():
            if claims.set_aside(bot, now):
                halts.halt_some(Bot.objects.filter(pk=bot.pk), reason=REASON, by=HaltedBy.FAULT, now=now)
                alarms.ring("bot.parked", "bot_parked", bot=bot.pk)


def park_books(now: datetime) -> None:
    """Let books rest whose comparison has ended its worker so often in a row. No order leaves by them meanwhile."""
    for funds in Funds.objects.worn(now).order_by("pk")[:AT_ONCE]:
        lost = funds.lost_claims + 1
        look_at = now + claims.rest_after(lost)
        rested = {"claim_until": None, "lost_claims": lost, "look_at": look_at, "trouble": KILLED}
        if Funds.objects.worn(now).filter(pk=funds.pk).update(**rested):
            alarms.ring("books.parked", "books_parked", connection=funds.connection_id)


def resume_questions(orders: OrderQuerySet, funds: FundsQuerySet) -> int:
    """Let parked orders be asked about and parked books be compared at once; return how many."""
    now = timezone.now()
    asked = orders.parked().update(look_at=now, lost_looks=0)
    return asked + funds.parked().update(look_at=now, trouble="")


def let_go_on(bots: BotQuerySet, *, by: By) -> int:
    """Let parked bots close what they hold at once, and go on whole with the next test that passes; return how many.

    For operators, once the fault is mended. Nothing is let do more than its trader let it.
    """
    now, count = timezone.now(), 0
    for bot in bots.filter(state=BotState.HALTED, halted_by=HaltedBy.FAULT, deleted_at=None).order_by("pk"):
        with transaction.atomic():
            mine = Bot.objects.filter(pk=bot.pk, state=BotState.HALTED, halted_by=HaltedBy.FAULT)
            if mine.update(halted_by=HaltedBy.TROUBLE, step_at=now):
                count += 1
                audit.record("bot.unparked", target=bot, by=by)
    return count
