"""The pages of messages: what is pasted is never shown again, and nobody sees another's."""

import json
from datetime import time
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from connections.secrets import channels, opened_channels
from messaging import flows, words
from messaging.choices import Via
from messaging.models import Channel, Delivery, Message, Preferences
from messaging.spread import spread
from messaging.tasks import send as send_task
from tests.accounts.factories import make_user, sign_in
from tests.messaging.browser import ENDPOINT, told_by
from tests.messaging.factories import TOKEN, make_channel, make_message

pytestmark = pytest.mark.django_db
TOPIC = "nobody-guesses-this"


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def web(client: Client, user: User) -> Client:
    return sign_in(client, user)


def test_a_channel_is_added_sealed_tested_and_told_to_its_owner(web: Client, user: User) -> None:
    answer = web.post(
        reverse("channel_add", args=["telegram"]), {"token": f" {TOKEN} ", "chat": "-100123"}, follow=True
    )

    channel = Channel.objects.get(user=user, via=Via.TELEGRAM)
    assert opened_channels.open_channel(str(channel.public_id), channel.sealed) == {"token": TOKEN, "chat": "-100123"}
    assert TOKEN not in answer.text
    assert "a test is on its way" in answer.text
    assert Delivery.objects.get(channel=channel).message.kind == "test"
    assert [one.subject for one in mail.outbox] == ["Your messages go to a new place"]


@pytest.mark.parametrize(
    ("via", "pasted"),
    [
        ("telegram", {"token": TOKEN, "chat": "me"}),
        ("telegram", {"token": "123:short", "chat": "1234"}),
        ("discord", {"webhook": "https://discord.com.evil.example/api/webhooks/123456789012345678/" + "a" * 68}),
        ("discord", {"webhook": "http://discord.com/api/webhooks/123456789012345678/" + "a" * 68}),
        ("discord", {"webhook": "https://discord.com/api/webhooks/123456789012345678/../../" + "a" * 68}),
        ("slack", {"webhook": "https://hooks.slack.com@127.0.0.1/services/T12345678/B12345678/" + "b" * 24}),
        ("slack", {"webhook": "https://hooks.slack.com/services/T12345678/B12345678/" + "b" * 24 + "?x=1"}),
        ("ntfy", {"topic": "short"}),
        ("ntfy", {"topic": "nobody-guesses/../../admin"}),
        ("ntfy", {"topic": TOPIC, "token": "not-a-token"}),
        ("ntfy", {"topic": "x" * 5000}),
        ("ntfy", {}),
    ],
)
def test_what_names_no_channel_there_is_refused_with_the_reason_and_not_shown_again(
    web: Client, user: User, via: str, pasted: dict[str, str]
) -> None:
    answer = web.post(reverse("channel_add", args=[via]), pasted)

    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert not Channel.objects.filter(user=user, via=via).exists()
    secret = [value for name, value in pasted.items() if name != "chat" and len(value) > 12]
    assert [one for one in secret if one in answer.text] == []


def test_nobody_reaches_the_channel_of_another(web: Client) -> None:
    theirs = make_channel()
    for name in ("channel", "channel_test", "channel_remove"):
        assert web.post(reverse(name, args=[theirs.public_id])).status_code == 404

    assert Channel.objects.filter(pk=theirs.pk).exists()


def test_kinds_are_chosen_and_what_there_is_not_is_left_out(web: Client, user: User) -> None:
    channel = make_channel(user=user)
    web.post(reverse("channel", args=[channel.public_id]), {"kinds": ["group.closed", "no.such", "test"]})

    channel.refresh_from_db()
    assert channel.kinds_json == ["group.closed"]


def test_a_removed_channel_is_gone_and_mail_stays(web: Client, user: User) -> None:
    channel = make_channel(user=user)
    (post,) = [one for one in Channel.objects.of(user) if one.via == Via.MAIL]

    assert web.post(reverse("channel_remove", args=[channel.public_id])).status_code == 302
    assert web.post(reverse("channel_remove", args=[post.public_id])).status_code == 404
    assert list(Channel.objects.filter(user=user)) == [post]


def test_the_eleventh_channel_and_the_eleventh_test_are_refused(web: Client, user: User) -> None:
    channels = [make_channel(user=user) for _ in range(flows.MOST_CHANNELS)]

    answer = web.post(reverse("channel_add", args=["ntfy"]), {"topic": TOPIC})
    assert answer.status_code == 422
    assert "ten channels" in answer.text

    for _ in range(flows.MOST_TESTS + 1):
        answer = web.post(reverse("channel_test", args=[channels[0].public_id]), follow=True)
    assert "Ten tests" in answer.text
    assert Delivery.objects.filter(channel=channels[0]).count() == flows.MOST_TESTS


def test_a_test_by_mail_arrives(web: Client, user: User) -> None:
    (post,) = Channel.objects.of(user)
    web.post(reverse("channel_test", args=[post.public_id]))
    send_task()

    assert [(one.to, one.subject) for one in mail.outbox] == [([user.email], "A test of your messages")]


def test_the_bell_counts_what_is_unread_until_it_is_read(web: Client, user: User) -> None:
    for _ in range(3):
        make_message(user)
    make_message(make_user())
    assert "Messages, 3 new" in web.get(reverse("messages")).text

    newest = Message.objects.filter(user=user).latest("pk").pk
    make_message(user)
    web.post(reverse("messages_read"), {"until": str(newest)})

    assert "Messages, 1 new" in web.get(reverse("messages")).text


def test_the_list_comes_in_pages_with_where_each_was_sent(web: Client, user: User) -> None:
    for number in range(120):
        make_message(user, title=f"message {number:03}")
    spread(timezone.now())
    send_task()

    first = web.get(reverse("messages"))
    second = web.get(reverse("messages"), {"before": first.context["older"]})
    third = web.get(reverse("messages"), {"before": second.context["older"]})

    assert ["message 119" in first.text, "message 070" in first.text, "message 069" in first.text] == [
        True,
        True,
        False,
    ]
    assert ["message 069" in second.text, "message 019" in third.text] == [True, True]
    assert third.context["older"] is None
    assert web.get(reverse("messages"), {"before": "1; DROP"}).status_code == 200


def test_a_page_of_messages_takes_few_queries(web: Client, user: User, django_assert_max_num_queries) -> None:
    for _ in range(60):
        make_message(user)
    spread(timezone.now())

    with django_assert_max_num_queries(7):
        web.get(reverse("messages"))


def test_quiet_hours_are_kept_and_taken_back(web: Client, user: User) -> None:
    web.post(reverse("channels_quiet"), {"quiet_from": "22:00", "quiet_until": "07:00", "wakes": "on"})
    kept = Preferences.objects.get(user=user)
    assert (kept.quiet, kept.wakes) == ((time(22), time(7)), True)

    web.post(reverse("channels_quiet"), {})
    kept.refresh_from_db()
    assert (kept.quiet, kept.wakes) == (None, False)


@pytest.mark.parametrize("typed", [{"quiet_from": "22:00"}, {"quiet_from": "25:00", "quiet_until": "07:00"}])
def test_half_of_quiet_hours_is_refused_and_changes_nothing(web: Client, user: User, typed: dict[str, str]) -> None:
    answer = web.post(reverse("channels_quiet"), typed)

    assert answer.status_code == 422
    assert not Preferences.objects.filter(user=user).exists()


def test_who_takes_an_account_back_ends_every_channel_but_mail(user: User) -> None:
    make_channel(user=user)
    Channel.objects.of(user)

    flows.forget_channels(user, by=PRODUCT)

    assert [one.via for one in Channel.objects.filter(user=user)] == [Via.MAIL]


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def add_browser(web: Client, **instead: str) -> Any:
    told = told_by() | instead
    return web.post(reverse("channel_add", args=["push"]), told, headers={"User-Agent": FIREFOX}, follow=True)


def test_a_browser_is_added_by_its_name_sealed_tested_and_told_to_its_owner(web: Client, user: User) -> None:
    answer = add_browser(web)

    channel = Channel.objects.get(user=user, via=Via.PUSH)
    assert opened_channels.open_channel(str(channel.public_id), channel.sealed) == told_by()
    assert channel.label == "Firefox on Linux"
    assert "Firefox on Linux" in answer.text
    assert [one for one in told_by().values() if one in answer.text] == []
    assert Delivery.objects.get(channel=channel).message.kind == "test"
    assert [one.subject for one in mail.outbox] == ["Your messages go to a new place"]


@pytest.mark.parametrize(
    "instead",
    [
        {"endpoint": "https://169.254.169.254/fcm/send/0123456789abcdef"},
        {"endpoint": "https://127.0.0.1/fcm/send/0123456789abcdef"},
        {"endpoint": "https://broker:6379/fcm/send/0123456789abcdef"},
        {"endpoint": "http://fcm.googleapis.com/fcm/send/0123456789abcdef"},
        {"endpoint": "https://fcm.googleapis.com:8443/fcm/send/0123456789abcdef"},
        {"endpoint": "https://fcm.googleapis.com@127.0.0.1/fcm/send/0123456789abcdef"},
        {"endpoint": "https://fcm.googleapis.com.evil.example/fcm/send/0123456789abcdef"},
        {"endpoint": "https://evil.example/fcm.googleapis.com/fcm/send/0123456789abcdef"},
        {"endpoint": "https://push.apple.com.evil.example/0123456789abcdef"},
        {"endpoint": "https://evilpush.apple.com/0123456789abcdef"},
        {"endpoint": "https://fcm.googleapis.com\\@127.0.0.1/fcm/send/0123456789abcdef"},
        {"endpoint": "https://fcm.googleapis.com/fcm/send/0123456789abcdef#x"},
        {"endpoint": "https://fcm.googleapis.com/fcm/send/0123456789\nHost: evil"},
        {"endpoint": ENDPOINT + "x" * 1000},
        {"endpoint": ""},
        {"p256dh": "B" + "A" * 86},
        {"p256dh": "short"},
        {"auth": "A" * 23},
        {"auth": ""},
    ],
)
def test_what_no_browser_says_of_itself_is_refused_and_not_shown_again(
    web: Client, user: User, instead: dict[str, str]
) -> None:
    answer = add_browser(web, **instead)

    assert answer.status_code == 422
    assert "This is not what a browser tells of itself" in answer.text
    assert not Channel.objects.filter(user=user, via=Via.PUSH).exists()
    assert [one for one in (told_by() | instead).values() if len(one) > 12 and one in answer.text] == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/wp/dK3x:APA91bHinvented",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABinvented",
        "https://web.push.apple.com/QInvented-for-a-test",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAABinvented%3d%3d",
    ],
)
def test_the_push_service_of_every_browser_is_taken(web: Client, user: User, endpoint: str) -> None:
    add_browser(web, endpoint=endpoint)

    assert Channel.objects.filter(user=user, via=Via.PUSH).exists()


def test_the_same_browser_twice_is_one_channel_and_keeps_what_was_chosen(web: Client, user: User) -> None:
    add_browser(web)
    channel = Channel.objects.get(user=user, via=Via.PUSH)
    flows.choose(channel, ["group.closed"], by=PRODUCT, label="Kitchen")

    add_browser(web)

    again = Channel.objects.get(user=user, via=Via.PUSH)
    assert (again.pk, again.label, again.kinds_json) == (channel.pk, "Kitchen", ["group.closed"])
    assert Delivery.objects.filter(channel=again).count() == 2


def test_two_accounts_that_add_one_browser_at_the_same_moment_get_no_error(
    web: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = channels.seal_channel

    def seal_late(public_id: str, told: dict[str, str]) -> str:
        monkeypatch.setattr(channels, "seal_channel", seal)
        make_channel(Via.PUSH)
        return seal(public_id, told)

    monkeypatch.setattr(channels, "seal_channel", seal_late)
    add_browser(web)

    other, mine = Channel.objects.filter(via=Via.PUSH).order_by("pk")
    assert (mine.user, mine.is_ended) == (user, False)
    assert (other.is_ended, other.trouble) == (True, "taken")


def test_a_browser_belongs_to_the_account_that_asked_last(web: Client, user: User) -> None:
    before = make_channel(Via.PUSH, label="Firefox on Linux")

    add_browser(web)

    before.refresh_from_db()
    assert (before.is_ended, before.sealed, before.trouble) == (True, "", "taken")
    assert Message.objects.get(user=before.user).title == "Firefox on Linux takes no messages any more"
    assert AuditEvent.objects.get(action="channel.ended").target == f"user:{before.user.public_id}"
    assert Channel.objects.get(user=user, via=Via.PUSH).place != ""


def test_one_that_is_switched_off_says_why_and_can_only_be_removed(web: Client, user: User) -> None:
    channel = make_channel(Via.PUSH, user=user, label="Firefox on Linux")
    flows.end(channel, "gone")

    text = web.get(reverse("channels")).text

    assert "the browser has forgotten us" in text
    assert reverse("channel_test", args=[channel.public_id]) not in text
    assert web.post(reverse("channel_test", args=[channel.public_id])).status_code == 404
    assert web.post(reverse("channel_remove", args=[channel.public_id])).status_code == 302
    assert not Channel.objects.filter(pk=channel.pk).exists()


def test_a_browser_is_called_what_its_owner_likes(web: Client, user: User) -> None:
    channel = make_channel(Via.PUSH, user=user, label="Firefox on Linux")

    web.post(reverse("channel", args=[channel.public_id]), {"label": "Kitchen", "kinds": ["bot.halted"]})
    refused = web.post(reverse("channel", args=[channel.public_id]), {"label": "", "kinds": ["group.closed"]})

    channel.refresh_from_db()
    assert refused.status_code == 422
    assert (channel.label, channel.kinds_json) == ("Kitchen", ["bot.halted"])


def test_other_channels_keep_the_name_that_tells_what_they_are(web: Client, user: User) -> None:
    channel = make_channel(Via.NTFY, user=user, label="topic nob…")

    web.post(reverse("channel", args=[channel.public_id]), {"label": "Kitchen", "kinds": ["bot.halted"]})

    channel.refresh_from_db()
    assert channel.label == "topic nob…"


def test_without_a_push_key_there_is_no_button_and_the_reason(web: Client, settings: Settings) -> None:
    assert "data-key=" in web.get(reverse("channel_add", args=["push"])).text
    settings.PUSH_PUBLIC_KEY_FILE = ""

    text = web.get(reverse("channel_add", args=["push"])).text

    assert "data-key=" not in text
    assert "This installation has no key" in text


def test_the_worker_of_browsers_is_a_script_at_the_root(client: Client) -> None:
    answer = client.get("/push-worker.js")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "notificationclick" in answer.text


def test_the_worker_of_browsers_brings_its_sentence_in_the_language_of_the_screens(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "LOST_TITLE", "Dieser Browser erhält nichts mehr")

    first, script = client.get("/push-worker.js").text.split("\n", 1)

    told = json.loads(first.removeprefix("const LOST = ").removesuffix(";"))
    assert told["title"] == "Dieser Browser erhält nichts mehr"
    assert told["url"] == "/messages/channels/"
    assert first.isascii()
    assert "pushsubscriptionchange" in script
