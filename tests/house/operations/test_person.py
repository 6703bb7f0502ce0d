"""A person's page for operators: what they read there, and what becomes of bots when an account is switched off."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from backfuture.operations import people
from connections.models import Connection
from strategies import claims
from strategies.choices import BotState
from strategies.execution import authority, lookup
from strategies.models import Bot, Group, StopSwitch
from strategies.runner import winding_down
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_run
from tests.strategies import rows
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot() -> Bot:
    """Make a bot that runs, with an open group and books that are fresh."""
    found = make_bot(state="enabled", name="Steady")
    rows.make_funds(bot=found, reconciled_at=timezone.now())
    rows.make_group(bot=found)
    return found


@pytest.fixture
def superuser(client: Client) -> Client:
    return sign_in(client, make_user(is_staff=True, is_superuser=True))


def page(client: Client, person: User, **posted: str) -> Any:
    url = reverse("operators_person", args=[person.public_id])
    return client.post(url, posted, follow=True) if posted else client.get(url)


def may_leave(bot: Bot, purpose: str) -> bool:
    group = Group.objects.open().get(bot=bot)
    order = rows.make_order(group=group, purpose=purpose, state="intended", fence=bot.fence)
    left = authority.mark_sent(order, now=timezone.now())
    order.delete()
    return left


def test_an_operator_reads_the_very_sentences_of_the_trader(client: Client, bot: Bot) -> None:
    finding = {"code": "ip.not_allowed", "level": "blocker", "text": "KuCoin refuses our address.", "hint": "Add it."}
    home = bot.connection
    home.shown_run = make_run(connection=home, verdict="error", findings_json=[finding])
    home.save()
    Bot.objects.filter(pk=bot.pk).update(
        state="halted", halted_at=timezone.now(), halted_by="check", halt_reason="ip.not_allowed"
    )
    sign_in(client, make_user(is_staff=True))

    text = page(client, home.owner).text

    assert "KuCoin refuses our address. Add it." in text
    assert "Halted: the key’s IP list does not have our address." in text
    assert "1 open group stays as it is" in text
    assert "Switch off" not in text
    assert AuditEvent.objects.filter(action="operator.viewed", target=f"user:{home.owner.public_id}").exists()


def test_before_it_is_switched_off_it_says_what_becomes_of_bots_and_groups(superuser: Client, bot: Bot) -> None:
    rows.make_group(bot=make_bot(connection=bot.connection, name="Off"), pair="ETH/USDT")

    text = page(superuser, bot.connection.owner).text

    assert "1 bot with 1 open group. Its bots buy nothing more and look after what they hold" in text
    assert "1 other group stays left alone as before." in text
    assert text.index('value="keep" checked') < text.index('value="alone"')


def test_switched_off_its_bots_sell_and_buy_nothing(superuser: Client, bot: Bot) -> None:
    owner = bot.connection.owner
    sign_in(Client(), owner)

    page(superuser, owner, how="keep")

    owner.refresh_from_db()
    bot.refresh_from_db()
    assert (owner.is_active, owner.is_served, owner.sessions.count()) == (False, True, 0)
    assert (bot.state, bot.is_winding_down) == (BotState.ENABLED, True)
    assert {purpose: may_leave(bot, purpose) for purpose in ("entry", "add_on", "exit")} == {
        "entry": False,
        "add_on": False,
        "exit": True,
    }
    assert StopSwitch.objects.get(owner=owner, is_ours=True).level == "add_ons"
    assert AuditEvent.objects.filter(
        action="user.is_active", outcome="False", target=f"user:{owner.public_id}"
    ).exists()


def test_workers_go_on_for_what_is_held(bot: Bot) -> None:
    people.switch_off(bot.connection.owner, keeps_exits=True, by=PRODUCT)

    home = Connection.objects.get(pk=bot.connection_id)
    assert claims.free(timezone.now()).filter(pk=bot.pk).exists()
    assert Connection.objects.alive().filter(pk=home.pk).exists()
    assert lookup.may_ask(home)


def test_left_alone_nobody_works_for_it(superuser: Client, bot: Bot) -> None:
    owner = bot.connection.owner

    page(superuser, owner, how="alone")

    bot.refresh_from_db()
    owner.refresh_from_db()
    assert (owner.is_active, owner.exits_kept, bot.state) == (False, False, BotState.OFF)
    assert not may_leave(bot, "exit")
    assert not Connection.objects.alive().filter(owner=owner).exists()


def test_without_an_open_group_there_is_nothing_to_keep_a_key_in_use_for(bot: Bot) -> None:
    Group.objects.update(mode="closed")

    people.switch_off(bot.connection.owner, keeps_exits=True, by=PRODUCT)

    bot.refresh_from_db()
    assert (bot.state, User.objects.get(pk=bot.connection.owner_id).exits_kept) == (BotState.OFF, False)


def test_after_its_last_group_nobody_works_for_it_any_more(bot: Bot) -> None:
    other = make_bot(connection=bot.connection, state="enabled", name="Second")
    rows.make_group(bot=other, pair="ETH/USDT")
    people.switch_off(bot.connection.owner, keeps_exits=True, by=PRODUCT)

    kept = []
    for one in (bot, other):
        Group.objects.filter(bot=one).update(mode="closed")
        winding_down.end(timezone.now())
        kept.append(User.objects.get(pk=bot.connection.owner_id).exits_kept)

    assert kept == [True, False]


@pytest.mark.parametrize("asked", [{"close_asked_at": timezone.now()}, {"sell_to": Decimal("0.5")}])
def test_an_exit_that_its_trader_asked_for_is_not_taken_away(
    superuser: Client, bot: Bot, asked: dict[str, Any]
) -> None:
    """Of a bot that is off nothing else would be sold; once it is done nobody works for the account any more."""
    owner = bot.connection.owner
    Bot.objects.filter(pk=bot.pk).update(**Bot.SWITCHED_OFF)
    Group.objects.update(**asked)
    before = page(superuser, owner).text

    page(superuser, owner, how="keep")
    kept = User.objects.get(pk=owner.pk).is_served, claims.free(timezone.now()).filter(pk=bot.pk).exists()
    Group.objects.update(mode="closed")
    winding_down.end(timezone.now().replace(second=0))

    assert "1 open group" in before
    assert kept == (True, True)
    assert not User.objects.get(pk=owner.pk).is_served


def test_it_is_switched_on_again_and_bots_stay_as_they_are(superuser: Client, bot: Bot) -> None:
    owner = bot.connection.owner
    page(superuser, owner, how="keep")

    page(superuser, owner, how="on")

    owner.refresh_from_db()
    bot.refresh_from_db()
    assert (owner.is_active, owner.exits_kept, bot.is_winding_down) == (True, False, True)


@pytest.mark.parametrize("how", ["", "close", "orders"])
def test_no_other_way_does_anything(superuser: Client, bot: Bot, how: str) -> None:
    page(superuser, bot.connection.owner, how=how, x="x")

    assert User.objects.get(pk=bot.connection.owner_id).is_active


def test_an_operator_without_rank_switches_nobody_off_and_nobody_themselves(client: Client, bot: Bot) -> None:
    sign_in(client, make_user(is_staff=True))
    assert page(client, bot.connection.owner, how="alone").status_code == 403

    me = make_user(is_staff=True, is_superuser=True)
    sign_in(client, me)
    assert page(client, me, how="alone").status_code == 403
    assert User.objects.filter(is_active=False).count() == 0


def test_a_connections_page_has_sentences_steps_and_links_and_checks_on_a_click(superuser: Client) -> None:
    home = make_connection(owner=make_user(), name="Main")
    finding = {"code": "key.invalid", "level": "blocker", "text": "KuCoin does not know the key.", "hint": "Make one."}
    step = {"key": "reach", "label": "Reach KuCoin", "state": "passed", "ms": 12}
    home.shown_run = make_run(connection=home, verdict="error", findings_json=[finding], steps_json=[step])
    home.save()

    text = superuser.get(reverse("admin:connections_connection_change", args=[home.pk])).text
    superuser.post(reverse("admin:check_connection", args=[home.pk]))

    assert "<strong>KuCoin does not know the key.</strong> Make one." in text
    assert "Reach KuCoin: passed (12 ms)" in text
    assert f"q={home.public_id}" in text
    assert reverse("admin:connections_checkrun_change", args=[home.shown_run.pk]) in text
    assert home.runs.filter(trigger="operator").count() == 1


def test_an_operator_without_rank_opens_no_key(client: Client) -> None:
    home = make_connection(owner=make_user(), name="Main")
    sign_in(client, make_user(is_staff=True))

    assert "Check now" not in client.get(reverse("admin:connections_connection_change", args=[home.pk])).text
    assert client.post(reverse("admin:check_connection", args=[home.pk])).status_code == 403
    assert not home.runs.exists()
