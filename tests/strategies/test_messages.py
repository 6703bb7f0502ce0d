"""What a trader is told of bots: when, once, and with the right figures."""

from decimal import Decimal

import pytest
from django.utils import timezone

from messaging.models import Message
from strategies import halts, messages
from strategies.choices import HaltedBy
from strategies.engine.decision import Action
from strategies.models import Bot
from strategies.words.messages import TOLD
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group

pytestmark = pytest.mark.django_db


def told(kind: str) -> Message:
    return Message.objects.get(kind=kind)


def test_a_closed_group_is_told_with_its_result_and_a_loss_is_a_loss():
    group = make_group(
        bot=make_bot(),
        pair="BTC/USDT",
        quantity=Decimal("0.004"),
        cost=Decimal(250),
        proceeds=Decimal("244.80"),
        result=Decimal("-5.45"),
        close_reason="stop.loss",
        closed_at=timezone.now(),
    )

    messages.tell_closed(group, now=timezone.now())

    message = told("group.closed")
    assert message.title.endswith("closed BTC/USDT: −5.45 USDT")
    assert "Bought for 250.00, sold for 244.80 USDT; the result is net of fees." in message.text
    assert message.user == group.connection.owner
    assert message.page == f"/bots/{group.bot.public_id}/closed/#g-{group.public_id}"


def test_what_is_told_of_an_open_group_leads_to_its_row_among_the_open_ones():
    group = make_group(bot=make_bot())

    messages.tell_exit_refused(group, why="exit.refused", now=timezone.now())

    assert told("exit.refused").page == f"/bots/{group.bot.public_id}/#g-{group.public_id}"


def test_a_fee_that_is_not_known_yet_is_said_beside_the_result():
    group = make_group(bot=make_bot(), result=Decimal(3), has_unvalued_fees=True)

    messages.tell_closed(group, now=timezone.now())

    assert "A fee in another coin is not counted yet" in told("group.closed").text


def test_practice_is_never_taken_for_real_money():
    group = make_group(bot=make_bot(connection=make_connection(owner=make_user(), venue="practice")), result=Decimal(3))

    messages.tell_closed(group, now=timezone.now())

    assert told("group.closed").title.startswith("[Practice] ")


def test_an_opened_group_is_told_with_what_it_holds():
    group = make_group(bot=make_bot(), quantity=Decimal("0.002"), held_quantity=Decimal("0.001998"), cost=Decimal(120))

    messages.tell_opened(group, why="entry.trend", now=timezone.now())

    message = told("group.opened")
    assert "Bought 0.001998 BTC at 60,000.00 for 120.00 USDT." in message.text


@pytest.mark.parametrize("name", ["{0}", "{why}", "%s %(a)d", "a" * 60, "‮gnp", "<b>"])
def test_a_name_of_any_shape_stops_no_trade(name):
    group = make_group(bot=make_bot(name=name), pair="{X}/USDT", quantity=Decimal(0), result=None)

    messages.tell_opened(group, why="{oops}", now=timezone.now())
    messages.tell_added(group, now=timezone.now())
    messages.tell_closed(group, now=timezone.now())
    messages.tell_exit_refused(group, why="order.refused_other", now=timezone.now())
    messages.tell_halted(group.bot, why="no.such.code", now=timezone.now())
    for action in (Action.ENTER_RECOVERY, Action.LEAVE_RECOVERY):
        messages.tell_recovery(group, action, why="recovery.entered", now=timezone.now())

    assert Message.objects.count() == 7
    assert all(name in message.title for message in Message.objects.all())


def test_coins_that_are_adopted_are_never_said_to_be_bought():
    coins, now = Decimal("0.002"), timezone.now()
    group = make_group(bot=make_bot(), mode="closed", adopted=coins, adopted_price=Decimal(60000), adopted_at=now)

    messages.tell_adopted(group, now=timezone.now())
    messages.tell_closed(group, now=timezone.now())

    assert "Nothing was bought." in told("group.opened").text
    assert "Adopted and bought for 100.00, sold for 101.90 USDT;" in told("group.closed").text
    assert told("group.closed").title.endswith("closed BTC/USDT: +1.80 USDT")


def test_every_sentence_is_told_by_something():
    assert set(TOLD) == {
        *("group.opened", "group.added", "group.closed", "exit.refused", "bot.halted"),
        *("adopted", "not_adopted", "closed_adopted"),
        *(Action.ENTER_RECOVERY, Action.LEAVE_RECOVERY),
    }


def test_a_bot_whose_coins_are_missing_calls_its_trader_and_one_in_trouble_does_not():
    missing, waiting = make_bot(state="enabled"), make_bot(state="enabled")
    now = timezone.now()
    halts.halt_some(Bot.objects.filter(pk=missing.pk), reason="holdings.missing", by=HaltedBy.BOOKS, now=now)
    halts.halt_some(Bot.objects.filter(pk=waiting.pk), reason="reach.unavailable", by=HaltedBy.TROUBLE, now=now)

    message = told("bot.halted")
    assert message.user == missing.connection.owner
    assert "The account holds less of a coin than the bot bought and did not sell." in message.text
    assert "Release the groups they belong to" in message.text


def test_halts_of_two_people_are_told_to_each():
    ada, bob = make_user(), make_user()
    for person in (ada, bob):
        make_bot(owner=person, state="enabled")

    halts.halt_some(Bot.objects.all(), reason="step.killed", by=HaltedBy.FAULT, now=timezone.now())

    assert {message.user for message in Message.objects.all()} == {ada, bob}
