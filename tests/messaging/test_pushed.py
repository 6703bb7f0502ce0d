"""What leaves for browsers, as it stands on the wire, opened and verified by libraries of others; nobody is asked."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import responses
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent
from messaging import deliveries, pushed
from messaging.choices import DeliveryState, Via
from messaging.models import Channel, Delivery, Message
from messaging.services import decoded, encoded, push_key
from messaging.spread import spread
from tests.messaging.browser import ENDPOINT, claims, opened, told_by
from tests.messaging.factories import make_channel, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _key() -> Iterator[None]:
    pushed._key.cache_clear()
    yield
    pushed._key.cache_clear()


def send(channel: Channel, **answer: object) -> list[requests.PreparedRequest]:
    """Send what waits for a channel; return what was asked of the push service."""
    spread(timezone.now())
    with responses.RequestsMock(assert_all_requests_are_fired=False) as sink:
        sink.add(responses.POST, ENDPOINT, **({"status": 201} | answer))  # type: ignore[arg-type]
        deliveries.send(channel.pk)
        return [call.request for call in sink.calls]


def waiting(channel: Channel) -> Delivery:
    return Delivery.objects.get(channel=channel)


def test_a_browser_opens_what_was_sent_and_is_led_to_the_very_row():
    channel = make_channel(Via.PUSH)
    make_message(channel.user, title="Your bot “Nile” is halted", text="The key is refused.", page="/bots/7/")

    (request,) = send(channel)

    told = opened(request)
    assert (told["title"], told["body"], told["url"]) == (
        "Your bot “Nile” is halted",
        "The key is refused.",
        "/bots/7/",
    )
    assert request.url == ENDPOINT
    assert request.headers["Content-Encoding"] == "aes128gcm"
    assert "Nile" not in str(request.body)
    assert waiting(channel).state == DeliveryState.SENT


def test_a_service_learns_who_sends_for_half_a_day(settings: Settings):
    settings.PUBLIC_URL = "https://trade.example.com"
    channel = make_channel(Via.PUSH)
    make_message(channel.user)

    (request,) = send(channel)

    told = claims(request)
    assert (told["aud"], told["sub"]) == ("https://fcm.googleapis.com", "https://trade.example.com")
    assert 0 < told["exp"] - time.time() <= 24 * 60 * 60
    assert str(request.headers["Authorization"]).endswith(f"k={push_key()}")


def test_a_try_out_names_its_sender_of_mails():
    channel = make_channel(Via.PUSH)
    make_message(channel.user)

    (request,) = send(channel)

    assert claims(request)["sub"] == "mailto:no-reply@localhost"


def test_what_is_encrypted_is_that_of_the_standard_byte_by_byte(monkeypatch: pytest.MonkeyPatch):
    """The example of RFC 8291, appendix A: its sender's key and salt instead of chance."""
    sender = int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    key = ec.derive_private_key(sender, ec.SECP256R1())
    monkeypatch.setattr("apprise.utils.pem.ec.generate_private_key", lambda *_: key)
    monkeypatch.setattr("apprise.utils.pem.os.urandom", lambda _: decoded("DGv6ra1nlYgDCS1FRnbzlw"))
    browser = {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    }

    push = pushed.Push(title="", text="", page="", topic="t", lasts=timedelta(hours=1), urgency="high")
    monkeypatch.setattr(pushed.Push, "payload", b"When I grow up, I want to be a watermelon")

    with responses.RequestsMock() as sink:
        sink.add(responses.POST, ENDPOINT, status=201)
        pushed.send({"endpoint": ENDPOINT} | browser, push)
        body = sink.calls[0].request.body

    assert isinstance(body, bytes)
    assert encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_what_a_service_takes_is_sent(status: int):
    channel = make_channel(Via.PUSH)
    make_message(channel.user)

    send(channel, status=status)

    assert waiting(channel).state == DeliveryState.SENT
    assert Channel.objects.get(pk=channel.pk).trouble == ""


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_switched_off_and_its_owner_told(status: int):
    channel = make_channel(Via.PUSH, label="Firefox on Linux")
    make_message(channel.user)

    send(channel, status=status)

    ended = Channel.objects.get(pk=channel.pk)
    assert (ended.is_ended, ended.sealed, ended.place, ended.trouble) == (True, "", "", "gone")
    assert waiting(channel).state == DeliveryState.DEAD
    told = Message.objects.get(user=channel.user, kind="channel.ended")
    assert (told.title, told.page) == ("Firefox on Linux takes no messages any more", "/messages/channels/")
    assert AuditEvent.objects.filter(action="channel.ended", outcome="gone").count() == 1


def test_one_that_was_switched_off_is_sent_nothing_more_and_told_once():
    channel = make_channel(Via.PUSH)
    make_message(channel.user)
    send(channel, status=410)
    make_message(channel.user)

    assert send(channel) == []
    assert Delivery.objects.filter(channel=channel).count() == 1
    assert Message.objects.filter(kind="channel.ended").count() == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_service_is_left_alone_for_as_long_as_it_asks(status: int):
    channel = make_channel(Via.PUSH)
    make_message(channel.user)
    with time_machine.travel(timezone.now(), tick=False):
        send(channel, status=status, headers={"Retry-After": "120"})

        assert waiting(channel).due_at - timezone.now() == timedelta(seconds=120)
    assert Channel.objects.get(pk=channel.pk).trouble == "busy"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("", 5),
        ("1", 5),
        ("soon", 5),
        ("-3", 5),
        ("9" * 40, 5),
        ("99999999", 6 * 60 * 60),
        ("Wed, 01 Apr 2026 12:10:00 GMT", 600),
        ("Wed, 01 Apr 2026 11:00:00 GMT", 5),
    ],
)
def test_the_rest_is_ours_or_what_the_service_asks_for_within_reason(asked: str, seconds: int):
    channel = make_channel(Via.PUSH)
    with time_machine.travel("2026-04-01T12:00:00+00:00", tick=False):
        make_message(channel.user)
        send(channel, status=503, headers={"Retry-After": asked})

        assert waiting(channel).due_at - timezone.now() == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [400, 401, 403, 413, 418])
def test_what_is_refused_is_tried_again_and_said_so(status: int):
    channel = make_channel(Via.PUSH)
    make_message(channel.user)

    send(channel, status=status)

    assert waiting(channel).state == DeliveryState.WAITING
    assert Channel.objects.get(pk=channel.pk).trouble == "not_taken"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_push_service_leads_us_elsewhere(status: int):
    channel = make_channel(Via.PUSH)
    make_message(channel.user)

    asked = send(channel, status=status, headers={"Location": "http://169.254.169.254/"})

    assert len(asked) == 1
    assert Channel.objects.get(pk=channel.pk).trouble == "not_taken"


@pytest.mark.parametrize("trouble", [requests.ConnectionError("x"), requests.Timeout("x")])
def test_a_service_that_does_not_answer_is_busy(trouble: Exception):
    channel = make_channel(Via.PUSH)
    make_message(channel.user)

    send(channel, body=trouble)

    assert Channel.objects.get(pk=channel.pk).trouble == "busy"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/fcm/send/0123456789abcdef",
        "https://database:5432/fcm/send/0123456789abcdef",
        "http://fcm.googleapis.com/fcm/send/0123456789abcdef",
        "https://fcm.googleapis.com.evil.example/fcm/send/0123456789abcdef",
    ],
)
def test_an_address_that_somebody_wrote_into_the_database_is_not_asked(endpoint: str):
    channel = make_channel(Via.PUSH, told=told_by(endpoint))
    make_message(channel.user)

    assert send(channel) == []
    assert Channel.objects.get(pk=channel.pk).trouble == "not_taken"


def test_without_the_push_key_it_waits(settings: Settings, tmp_path: Path):
    settings.PUSH_PRIVATE_KEY_FILE = str(tmp_path / "push.key")
    channel = make_channel(Via.PUSH)
    make_message(channel.user)

    assert send(channel) == []
    assert waiting(channel).state == DeliveryState.WAITING


@pytest.mark.parametrize(
    ("kind", "urgency"), [("bot.halted", "high"), ("group.closed", "normal"), ("summary.weekly", "low")]
)
def test_what_needs_somebody_is_urgent_and_nothing_is_kept_for_longer_than_it_is_news(kind: str, urgency: str):
    channel = make_channel(Via.PUSH)
    with time_machine.travel(timezone.now(), tick=False):
        make_message(channel.user, kind)

        (request,) = send(channel)

    assert request.headers["Urgency"] == urgency
    assert request.headers["TTL"] == str(24 * 60 * 60)


def test_what_is_sent_twice_is_shown_once_and_others_beside_it():
    channel = make_channel(Via.PUSH)
    topics = []
    for cause in ("key.ends:1", "key.ends:1", "key.ends:2"):
        Delivery.objects.all().delete()
        make_message(channel.user, cause=cause)
        (request,) = send(channel)
        topics.append((request.headers["Topic"], opened(request)["tag"]))

    assert topics[0] == topics[1] != topics[2]
    assert topics[0][0] == topics[0][1]
    assert len(topics[0][0]) == 32


def test_several_that_waited_are_one_notice_that_leads_to_all_of_them():
    channel = make_channel(Via.PUSH)
    for name in ("one", "two", "three"):
        make_message(channel.user, title=name, page="/bots/1/")

    (request,) = send(channel)

    told = opened(request)
    assert (told["title"], told["body"], told["url"]) == ("one (+2)", "two\nthree", "/messages/")


def test_a_long_text_is_shortened_to_what_services_take():
    channel = make_channel(Via.PUSH)
    make_message(channel.user, title="“" * 160, text="“\n" * 600, page="/bots/1/" + "x" * 190)

    (request,) = send(channel)

    assert isinstance(request.body, bytes)
    assert len(request.body) < 4096 - 900
    assert opened(request)["body"].endswith("…")


def test_nothing_that_opens_a_browser_is_logged(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    channel = make_channel(Via.PUSH)
    make_message(channel.user)
    for answer in ({"status": 403}, {"status": 503}, {"body": requests.ConnectionError(ENDPOINT)}):
        Delivery.objects.update(due_at=timezone.now())
        send(channel, **answer)

    told = told_by()
    secrets = [told["auth"], told["p256dh"], ENDPOINT.rpartition("/")[2], "vapid t="]
    assert [one for one in secrets if one in caplog.text] == []
