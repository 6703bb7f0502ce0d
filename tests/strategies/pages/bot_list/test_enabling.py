"""Several bots enabled at once: which can be, why others cannot, what they could lose, and what happens."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.by import PRODUCT
from accounts.freeze import Because, freeze
from accounts.models import AuditEvent, User
from connections import proof
from connections.models import Connection
from strategies.bots import flows
from strategies.models import Bot, Funds
from strategies.pages.bot_list.enabling import SharedRisk
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument

pytestmark = pytest.mark.django_db
URL = reverse("bots_together")


def asked(*bots: Bot) -> dict[str, str | list[str]]:
    return {"act": "enable", "bot": [str(bot.public_id) for bot in bots]}


def make_home(owner: User, **fields: Any) -> Connection:
    home = make_connection(owner=owner, **fields)
    make_funds(connection=home, USDT="10000")
    return home


@pytest.fixture
def chosen(trader: User) -> dict[str, Bot]:
    """Return one bot for each way to be judged, by its name."""
    good = make_home(trader, name="Good")
    make_instrument(connection=good, min_cost=Decimal(1))
    make_instrument(connection=good, pair="ETH/USDT", min_cost=Decimal(400))
    bad = make_connection(owner=trader, status="error")
    stale = make_connection(owner=trader, passed_at=timezone.now() - timedelta(days=2))
    futures, live = make_connection(owner=trader, market="futures"), make_connection(owner=trader, venue="live")
    return {
        "fine": make_bot(connection=good),
        "running": make_bot(connection=good, state="enabled"),
        "ending": make_bot(connection=good, state="enabled", winding_down_at=timezone.now()),
        "small": make_bot(connection=good, pairs_json=["ETH/USDT"]),
        "bad": make_bot(connection=bad),
        "stale": make_bot(connection=stale),
        "futures": make_bot(connection=futures),
        "live": make_bot(connection=live),
    }


def test_the_preview_judges_each_as_enabling_it_would(signed_in: Client, chosen: dict[str, Bot]) -> None:
    plan = signed_in.get(URL, asked(*chosen.values())).context["plan"]
    said = {one.bot.pk: one for one in plan}

    assert {name for name, bot in chosen.items() if said[bot.pk].changes} == {"fine", "ending"}
    for name in ("small", "bad", "stale", "futures", "live"):
        with pytest.raises(flows.RefusedError) as refused:
            flows.enable_bot(chosen[name], by=PRODUCT)
        assert said[chosen[name].pk].text == f"Cannot be enabled: {refused.value}"
    for name in ("fine", "ending", "running"):
        flows.enable_bot(chosen[name], by=PRODUCT)
    assert str(proof.NO_FACTOR.text) in said[chosen["live"].pk].text
    assert "would be enough" in said[chosen["small"].pk].text


def test_the_preview_changes_nothing_and_posts_only_those_that_can_be(
    signed_in: Client, chosen: dict[str, Bot]
) -> None:
    before = list(Bot.objects.order_by("pk").values())

    page = signed_in.get(URL, asked(*chosen.values())).text

    assert list(Bot.objects.order_by("pk").values()) == before
    sent = set(re.findall(r'name="bot" value="([^"]+)"', page))
    assert sent == {str(chosen[name].public_id) for name in ("fine", "ending")}
    assert "Enable 2 of 8" in page


def test_those_that_can_be_are_enabled_and_the_others_told(signed_in: Client, chosen: dict[str, Bot]) -> None:
    page = signed_in.post(URL, asked(*chosen.values()), follow=True).text

    states = {name: Bot.objects.get(pk=bot.pk) for name, bot in chosen.items()}
    assert {name for name, bot in states.items() if bot.opens_groups} == {"fine", "ending", "running"}
    assert "2 bots are enabled." in page
    assert f"{chosen['futures'].name} is not enabled. {flows.FUTURES_WAIT.text}" in page
    assert AuditEvent.objects.filter(action="bot.enabled", outcome="ok").count() == 2


def test_where_none_can_be_there_is_no_button(signed_in: Client, chosen: dict[str, Bot]) -> None:
    page = signed_in.get(URL, asked(chosen["bad"], chosen["running"])).text

    assert 'type="submit">' not in page.split("Change nothing")[0].split("<h1>")[1]
    assert "these bots are enabled already" in signed_in.post(URL, asked(chosen["running"]), follow=True).text


def risks(client: Client, *bots: Bot) -> list[SharedRisk]:
    found: list[SharedRisk] = client.get(URL, asked(*bots)).context["risks"]
    return found


def test_it_tells_what_they_could_lose_together_beside_what_runs(signed_in: Client, trader: User) -> None:
    home = make_home(trader)
    make_instrument(connection=home, min_cost=Decimal(1))
    one, two = make_bot(connection=home), make_bot(connection=home)
    make_bot(connection=home, state="enabled")
    make_bot(connection=home, state="enabled", winding_down_at=timezone.now())
    make_bot(connection=make_home(trader), state="enabled")

    (alone,), (both,) = risks(signed_in, one), risks(signed_in, one, two)

    single = Decimal(alone.added.split()[0])
    assert single > 0
    assert Decimal(both.added.split()[0]) == pytest.approx(2 * single, abs=Decimal("0.01"))
    assert (both.beside, both.bots, both.most) == (alone.added, 2, "2,000.00 USDT")
    assert not both.is_capped
    Funds.objects.update(loss_cap=1)
    assert risks(signed_in, one, two)[0].most == "100.00 USDT"
    assert risks(signed_in, one, two)[0].is_capped


def test_what_one_loses_is_what_its_card_says_of_a_group(signed_in: Client, trader: User) -> None:
    home = make_home(trader)
    make_instrument(connection=home, min_cost=Decimal(1))
    bot = make_bot(connection=home, risk_level="low", margin_limit=Decimal(100_000))

    (risk,) = risks(signed_in, bot)

    # One pair, so one group: 2 % of an equity of 10,000.
    assert risk.added == "200.00 USDT"


def test_without_a_balance_it_is_not_known_and_not_nothing(signed_in: Client, trader: User) -> None:
    bot = make_bot(connection=make_connection(owner=trader))

    (risk,) = risks(signed_in, bot)

    assert (risk.added, risk.most, risk.is_capped) == ("unknown", "unknown", False)


def test_a_live_one_asks_for_a_fresh_sign_in_before_any_is_enabled(client: Client) -> None:
    trader = make_user(has_factor=True)
    practice = make_bot(connection=make_connection(owner=trader))
    live = make_bot(connection=make_connection(owner=trader, venue="live"))
    sign_in(client, trader, age=3600)
    page = client.get(URL, asked(practice, live)).text

    answer = client.post(URL, asked(practice, live))

    assert "Live bots ask for a fresh sign-in." in page
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not Bot.objects.enabled().exists()


def test_a_frozen_account_keeps_only_live_ones_away(client: Client) -> None:
    trader = make_user(has_factor=True)
    practice = make_bot(connection=make_connection(owner=trader))
    live = make_bot(connection=make_connection(owner=trader, venue="live"))
    sign_in(client, trader)
    freeze(trader, Because.PASSWORD_RESET)
    plan = {one.bot.pk: one.changes for one in client.get(URL, asked(practice, live)).context["plan"]}

    client.post(URL, asked(practice, live))

    assert plan == {practice.pk: True, live.pk: False}
    assert list(Bot.objects.enabled()) == [practice]


def test_other_peoples_bots_are_not_among_them(signed_in: Client, chosen: dict[str, Bot]) -> None:
    foreign = make_bot()

    page = signed_in.get(URL, asked(chosen["fine"], foreign)).text
    signed_in.post(URL, asked(chosen["fine"], foreign))

    assert foreign.name not in page
    assert not Bot.objects.get(pk=foreign.pk).is_enabled


@pytest.mark.parametrize("count", [3, 60])
def test_the_preview_takes_as_many_queries_for_many(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    home = make_home(trader)
    make_instrument(connection=home, min_cost=Decimal(1))
    bots = [make_bot(connection=home) for _ in range(count)]
    for bot in bots[::2]:
        make_group(bot=bot)
    make_bot(connection=home, state="enabled")

    with django_assert_max_num_queries(20):
        page = signed_in.get(URL, asked(*bots))

    assert len(page.context["changing"]) == count


def test_one_that_may_sell_anothers_coins_is_told(signed_in: Client, trader: User) -> None:
    one, two = (make_connection(owner=trader, account_uid="7") for _ in range(2))
    make_bot(connection=one, state="enabled")
    bot = make_bot(connection=two, name="Rival")

    page = signed_in.post(URL, asked(bot), follow=True).text

    assert "which may sell its coins: Rival." in page
