from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from messaging import apprised, deliveries
from messaging.choices import DeliveryState, Via
from messaging.models import Channel, Delivery, Message
from messaging.spread import spread
from messaging.tasks import KEPT, forget_old
from messaging.tasks import send as send_task
from tests.accounts.factories import make_user
from tests.messaging.factories import make_channel, make_message
from workers.models import Alarm

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """Return what left, and let `answers` say whether the service took it."""
    texts: list[str] = []
    answers: list[bool] = []

    def send(address: str, text: str) -> bool:
        texts.append(text)
        return answers.pop(0) if answers else True

    monkeypatch.setattr(apprised, "send", send)
    return texts, answers


def html_of(message: mail.EmailMessage) -> str:
    assert isinstance(message, mail.EmailMultiAlternatives)
    return str(message.alternatives[0][0])


def waiting(channel: Channel) -> Delivery:
    return Delivery.objects.get(channel=channel)


def test_a_mail_says_what_happened_and_leads_to_the_very_row():
    user = make_user(email="ada@example.test")
    make_message(user, title="Your bot “Nile” is halted", text="The key is refused.\n\nReplace it.", page="/bots/7/")

    send_task()

    (one,) = mail.outbox
    assert (one.to, one.subject) == (["ada@example.test"], "Your bot “Nile” is halted")
    assert "The key is refused." in one.body
    assert "http://127.0.0.1:8000/bots/7/" in one.body
    html = html_of(one)
    assert 'href="http://127.0.0.1:8000/bots/7/"' in html
    assert "Your bot “Nile” is halted</h1>" in html
    assert ">http" not in html
    for told in (one.body, html):
        assert "http://127.0.0.1:8000/messages/channels/" in told
    assert waiting(Channel.objects.get(user=user)).state == DeliveryState.SENT


def test_several_that_waited_are_one_mail_with_a_heading_and_a_way_for_each():
    user = make_user()
    for number in (1, 2):
        make_message(user, title=f"Bot {number} is halted", text="It waits.", page=f"/bots/{number}/")

    send_task()

    (one,) = mail.outbox
    assert one.subject == "Bot 1 is halted (+1)"
    html = html_of(one)
    for number in (1, 2):
        assert f"Bot {number} is halted\n\nIt waits.\n\nhttp://127.0.0.1:8000/bots/{number}/" in one.body
        assert f"Bot {number} is halted</h1>" in html
        assert f'href="http://127.0.0.1:8000/bots/{number}/"' in html


def test_a_name_is_no_markup_in_a_mail():
    make_message(make_user(), title="Bot <script>alert(1)</script>", text="<img src=x onerror=alert(1)>")

    send_task()

    html = html_of(mail.outbox[0])
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_a_channel_that_fails_is_asked_again_after_longer_and_longer_rests(sent):
    texts, answers = sent
    answers += [False, False, False]
    channel = make_channel()
    make_message(channel.user)
    spread(timezone.now())
    rests = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            deliveries.send(channel.pk)
            rests.append((waiting(channel).due_at - timezone.now()).total_seconds())
            deliveries.send(channel.pk)
            clock.shift(rests[-1])
        deliveries.send(channel.pk)

    assert rests == [5, 10, 20]
    assert len(texts) == 4
    assert waiting(channel).state == DeliveryState.SENT
    assert Channel.objects.get(pk=channel.pk).trouble == ""


def test_what_is_no_news_any_more_is_given_up_and_told_to_operators(sent):
    texts, _ = sent
    channel = make_channel()
    make_message(channel.user)
    spread(timezone.now())

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        deliveries.send(channel.pk)

    assert texts == []
    assert waiting(channel).state == DeliveryState.DEAD
    assert Alarm.objects.get(name="message.given_up").count == 1


def test_two_workers_at_once_send_it_once():
    channel = make_channel()
    make_message(channel.user)
    now = timezone.now()
    spread(now)

    mine, theirs = deliveries._take(channel, now), deliveries._take(channel, now)

    assert (len(mine), len(theirs)) == (1, 0)


def test_what_a_dead_worker_took_is_taken_over_when_its_time_is_over(sent):
    texts, _ = sent
    channel = make_channel()
    make_message(channel.user)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        spread(timezone.now())
        deliveries._take(channel, timezone.now())
        deliveries.send(channel.pk)
        assert texts == []
        clock.shift(deliveries.LEASE)
        deliveries.send(channel.pk)

    assert len(texts) == 1


def test_one_that_is_added_while_some_are_sent_waits_for_its_own_turn(sent, monkeypatch):
    texts, _ = sent
    channel = make_channel()
    make_message(channel.user, title="first")
    spread(timezone.now())
    send = apprised.send

    def meanwhile(address: str, text: str) -> bool:
        if len(texts) == 0:
            make_message(channel.user, title="second")
            spread(timezone.now())
        return send(address, text)

    monkeypatch.setattr(apprised, "send", meanwhile)
    deliveries.send(channel.pk)
    deliveries.send(channel.pk)

    assert ["first" in texts[0], "second" in texts[0], "second" in texts[1]] == [True, False, True]


def test_a_channel_that_does_not_open_keeps_its_messages_and_says_so(sent):
    texts, _ = sent
    channel = make_channel()
    Channel.objects.filter(pk=channel.pk).update(sealed=make_channel().sealed)
    make_message(channel.user)
    spread(timezone.now())

    deliveries.send(channel.pk)

    assert texts == []
    assert Channel.objects.get(pk=channel.pk).trouble == "sealed"
    assert waiting(channel).state == DeliveryState.WAITING


def test_one_channel_that_hangs_does_not_keep_the_others_from_being_found(sent):
    hanging = make_channel(kinds_json=["group.closed"])
    for _ in range(50):
        make_message(hanging.user, "group.closed")
    other = make_channel(Via.TELEGRAM, kinds_json=["group.closed"])
    make_message(other.user, "group.closed")
    spread(timezone.now())

    assert deliveries.due(2) == [hanging.pk, other.pk]


def test_a_channel_that_fails_is_left_alone_with_all_that_waits_for_it(sent):
    texts, answers = sent
    answers += [False]
    channel = make_channel(kinds_json=["group.closed"])
    for _ in range(25):
        make_message(channel.user, "group.closed")
    spread(timezone.now())

    deliveries.send(channel.pk)

    assert deliveries.due(2) == []
    assert len(texts) == 1


def test_messages_are_forgotten_after_half_a_year():
    old, young = make_message(make_user()), make_message(make_user())
    Message.objects.filter(pk=old.pk).update(at=timezone.now() - KEPT - timedelta(days=1))

    forget_old(timezone.now())

    assert list(Message.objects.all()) == [young]


def test_what_has_left_is_not_sent_again_because_the_database_was_away_for_a_moment(sent, monkeypatch):
    texts, _ = sent
    channel = make_channel()
    make_message(channel.user)
    spread(timezone.now())
    note, away = deliveries._note, [OperationalError("gone"), OperationalError("gone")]

    def sometimes(*args: object) -> None:
        if away:
            raise away.pop()
        note(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(deliveries, "_note", sometimes)
    monkeypatch.setattr(deliveries, "close_old_connections", lambda: None)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    deliveries.send(channel.pk)

    assert len(texts) == 1
    assert waiting(channel).state == DeliveryState.SENT
