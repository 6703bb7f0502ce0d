"""Who acted is told by the request, and by nothing that a flow guesses."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.by import PRODUCT, By
from accounts.models import AuditEvent
from strategies.stops import flows
from tests.accounts.factories import make_user, sign_in
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


def test_a_page_names_its_trader_and_the_address_he_came_from(client: Client) -> None:
    bot = make_bot()
    sign_in(client, bot.connection.owner)

    client.post(reverse("bot_pause", args=[bot.public_id]), {"level": "entries"})

    event = AuditEvent.objects.get(action="bot.paused")
    assert (event.actor, event.address) == (bot.connection.owner, "127.0.0.1")
    assert event.request_id


def test_somebody_else_who_acts_on_a_bot_is_named_and_not_its_owner() -> None:
    bot, operator = make_bot(), make_user()

    flows.pause_bot(bot, flows.TRADERS_LEVELS[1], by=By(user=operator))

    assert AuditEvent.objects.get(action="bot.paused").actor == operator


def test_the_product_itself_is_nobody() -> None:
    flows.pause_everybody(flows.TRADERS_LEVELS[1], by=PRODUCT)

    event = AuditEvent.objects.get(action="everybody.paused")
    assert (event.actor, event.actor_label, event.address) == (None, "", None)
