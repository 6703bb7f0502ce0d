"""What leaves for the services, as it stands on the wire; no service is asked."""

import json
import re

import pytest
import requests
import responses
from django.utils import timezone

from messaging import deliveries
from messaging.choices import DeliveryState, Via
from messaging.models import Channel, Delivery
from messaging.services import SERVICES, address_of
from messaging.spread import spread
from tests.messaging.factories import TOKEN, TOLD, make_channel, make_message

pytestmark = pytest.mark.django_db
ANY = re.compile(r".*")
# A bot whose trader, or whoever names things for them, would like to call everybody and to lead elsewhere.
FOREIGN = "<b>x</b> & @everyone <!channel> <@123> [win](https://evil.example/) *b* _i_ `c`"
LINK = "http://127.0.0.1:8000/bots/1/"


Asked = list[requests.PreparedRequest]


def send(via: str, *, answer: responses.BaseResponse | None = None, text: str = FOREIGN) -> Asked:
    channel = make_channel(via)
    make_message(channel.user, title=FOREIGN, text=text, page="/bots/1/")
    spread(timezone.now())
    with responses.RequestsMock(assert_all_requests_are_fired=False) as sink:
        body = "ok" if via == Via.SLACK else '{"ok": true, "result": {"message_id": 1}}'
        sink.add(answer or responses.Response(responses.POST, ANY, body=body))
        deliveries.send(channel.pk)
        return [call.request for call in sink.calls]


def body_of(request: requests.PreparedRequest) -> dict[str, object]:
    assert isinstance(request.body, str | bytes)
    found: dict[str, object] = json.loads(request.body)
    return found


def state_of(via: str) -> str:
    return Delivery.objects.get(channel__via=via).state


def test_telegram_is_written_to_as_html_with_nothing_foreign_in_it():
    (request,) = send(Via.TELEGRAM)
    body = body_of(request)

    assert request.url == f"https://api.telegram.org/bot{TOKEN}/sendMessage"
    assert (body["chat_id"], body["parse_mode"]) == (-1001234567890, "HTML")
    assert "&lt;b&gt;x&lt;/b&gt; &amp; @everyone" in str(body["text"])
    assert not re.search(r"<[^>]*>", str(body["text"]))
    assert LINK in str(body["text"])
    assert state_of(Via.TELEGRAM) == DeliveryState.SENT


def test_discord_calls_nobody_and_shows_marks_as_they_are():
    (request,) = send(Via.DISCORD)
    body = body_of(request)
    content = str(body["content"])

    told = TOLD[Via.DISCORD]
    assert str(request.url).partition("?")[0] == f"https://discord.com/api/webhooks/{told['id']}/{told['token']}"
    assert "@everyone" not in content
    assert "<@123>" not in content
    assert "\\[win\\]\\(" in content
    assert LINK in content
    assert state_of(Via.DISCORD) == DeliveryState.SENT


def test_slack_is_told_to_leave_the_text_as_it_is():
    (request,) = send(Via.SLACK)
    body = body_of(request)

    assert request.url == "https://hooks.slack.com/services/T12345678/B12345678/" + "b" * 24
    assert body["mrkdwn"] is False
    assert "<!channel>" not in str(request.body)
    assert "&lt;!channel&gt;" in json.dumps(body)
    assert LINK in json.dumps(body)
    assert state_of(Via.SLACK) == DeliveryState.SENT


def test_ntfy_is_told_the_text_as_text():
    (request,) = send(Via.NTFY)
    body = body_of(request)

    assert request.url == "https://ntfy.sh/"
    assert body["topic"] == "nobody-guesses-this"
    assert FOREIGN in str(body["message"])
    assert "markdown" not in str(request.headers).lower()
    assert LINK in str(body["message"])
    assert state_of(Via.NTFY) == DeliveryState.SENT


def test_a_token_for_ntfy_goes_into_its_header():
    address = address_of(Via.NTFY, {"topic": "nobody-guesses-this", "token": "tk_" + "a" * 29})
    from messaging import apprised

    with responses.RequestsMock() as sink:
        sink.add(responses.POST, "https://ntfy.sh/", body="{}")
        assert apprised.send(address, "hello")
        (call,) = sink.calls

    assert call.request.headers["Authorization"] == "Bearer tk_" + "a" * 29


@pytest.mark.parametrize("via", [service.via for service in SERVICES])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_service_leads_us_elsewhere(via, status):
    inside = responses.Response(responses.POST, ANY, status=status, headers={"Location": "http://169.254.169.254/"})

    asked = send(via, answer=inside)

    assert len(asked) == 1
    assert state_of(via) == DeliveryState.WAITING
    assert Channel.objects.get(via=via).trouble == "refused"


@pytest.mark.parametrize("via", [service.via for service in SERVICES])
@pytest.mark.parametrize("trouble", [404, 500, requests.ConnectionError("x"), requests.Timeout("x"), ValueError("x")])
def test_what_a_service_does_ends_no_worker_and_shows_no_secret(via, trouble, lines):
    answer = (
        responses.Response(responses.POST, ANY, status=trouble)
        if isinstance(trouble, int)
        else responses.Response(responses.POST, ANY, body=trouble)
    )

    send(via, answer=answer)

    assert state_of(via) == DeliveryState.WAITING
    secrets = [value for name, value in TOLD[via].items() if name in {"token", "topic"}]
    assert [one for one in secrets if one in lines.getvalue()] == []


def test_many_that_wait_leave_as_one():
    channel = make_channel(Via.NTFY)
    for number in range(4):
        make_message(channel.user, title=f"Bot {number} is halted")
    spread(timezone.now())

    with responses.RequestsMock() as sink:
        sink.add(responses.POST, ANY, body="{}")
        deliveries.send(channel.pk)
        (call,) = sink.calls

    said = str(body_of(call.request)["message"])
    assert [f"Bot {number} is halted" in said for number in range(4)] == [True] * 4
    assert not Delivery.objects.filter(channel=channel).exclude(state=DeliveryState.SENT).exists()


@pytest.mark.parametrize("via", [service.via for service in SERVICES])
def test_ten_long_ones_fit_into_what_each_service_takes(via):
    channel = make_channel(via)
    for _ in range(10):
        make_message(channel.user, title="t" * 160, text="*" * 900, page="/bots/1/")
    spread(timezone.now())

    with responses.RequestsMock(assert_all_requests_are_fired=False) as sink:
        body = "ok" if via == Via.SLACK else '{"ok": true, "result": {"message_id": 1}}'
        sink.add(responses.POST, ANY, body=body)
        while channel.pk in deliveries.due(9):
            deliveries.send(channel.pk)
        sizes = [max(map(len, map(str, body_of(call.request).values()))) for call in sink.calls]

    assert max(sizes) <= {Via.DISCORD: 2000}.get(via, 4096)
    assert not Delivery.objects.filter(channel=channel).exclude(state=DeliveryState.SENT).exists()
