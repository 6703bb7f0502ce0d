"""The bot's page: what it shows of groups, pauses, results; how often it looks again; how many queries it takes."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import freeze
from accounts.models import User
from connections.models import ExchangePause
from strategies.models import Bot, Group
from strategies.models.groups import ladder_json
from strategies.pages.bot import BotPage
from strategies.pages.group_card import GroupCard
from tests.connections.factories import make_connection
from tests.strategies.engine.builders import WORKED
from tests.strategies.factories import (
    make_bot,
    make_fill,
    make_funds,
    make_group,
    make_instrument,
    make_line,
    make_order,
)

pytestmark = pytest.mark.django_db
GAP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def bot(trader: User) -> Bot:
    return make_bot(owner=trader, state="enabled", signal_hash="x" * 64)


def url(bot: Bot, query: str = "") -> str:
    return reverse("bot_detail", args=[bot.public_id]) + query


def page(client: Client, bot: Bot) -> BotPage:
    found: BotPage = client.get(url(bot)).context["page"]
    return found


def card(client: Client, bot: Bot) -> GroupCard:
    (found,) = page(client, bot).groups
    return found


def test_a_group_shows_its_figures(signed_in: Client, bot: Bot) -> None:
    make_instrument(connection=bot.connection, price="95")
    make_group(bot=bot, add_ons_done=1, ladder_json=ladder_json(WORKED.scaled(Decimal(50))))

    found = card(signed_in, bot)

    assert (found.look.label, found.held, found.base, found.quote) == ("Normal", "1", "BTC", "USDT")
    assert (found.average, found.break_even, found.price) == ("100.00", "100.20", "95.00")
    assert (found.result, found.result_share, found.tone) == ("−5.20", f"−5.20{GAP}%", "loss")
    assert (found.add_ons, found.at_work) == ("1 of 5", "100.00")
    assert (found.next_price, found.next_cost) == ("96.70", "60.00")
    assert (found.take_profit, found.stop_loss) == ("101.70", "–")


def test_a_group_says_which_of_its_coins_cost_nothing(signed_in: Client, bot: Bot) -> None:
    group = make_group(bot=bot)
    assert "at no cost" not in signed_in.get(url(bot)).text

    Group.objects.filter(pk=group.pk).update(carried=Decimal("0.00000967"))

    assert card(signed_in, bot).held == "1.0000097"
    assert "0.00000967 BTC of that were left by earlier groups, at no cost" in signed_in.get(url(bot)).text


def test_a_group_says_how_long_the_time_out_of_its_stop_loss_still_runs(signed_in: Client, bot: Bot) -> None:
    Bot.objects.update(stop_loss=5, stop_timeout_seconds=60)
    make_group(bot=bot, reason="stop_loss.confirming", stop_since=timezone.now() - timedelta(seconds=20))

    assert card(signed_in, bot).stop_left in {39, 40}
    assert " s, unless the price comes back" in signed_in.get(url(bot)).content.decode()


def test_a_group_says_what_it_waits_for_and_since_when(signed_in: Client, bot: Bot) -> None:
    make_group(bot=bot, reason="average.worse", reason_since=timezone.now() - timedelta(minutes=3))

    text = signed_in.get(url(bot)).text

    assert "Blocked: the add-on would not improve the average enough." in text
    assert "An add-on needs a price further beyond the average." in text
    assert "3 minutes ago" in text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": "zone.not_reached", "close_asked_at": timezone.now()}, "You asked to close it at market."),
        ({"quantity": Decimal(0), "cost": Decimal(0)}, "Its entry is under way."),
        ({}, "It has not been looked at yet."),
    ],
)
def test_a_group_that_nothing_was_decided_about_says_so(
    signed_in: Client, bot: Bot, fields: dict[str, Any], sentence: str
) -> None:
    make_group(bot=bot, **fields)

    assert card(signed_in, bot).waits == sentence


def test_recovery_says_why_it_was_entered_what_ends_it_and_how_far_break_even_is(signed_in: Client, bot: Bot) -> None:
    make_instrument(connection=bot.connection, price="95")
    make_group(bot=bot, mode="recovery", recovery_since=timezone.now(), recovery_reason="recovery.loss")

    text = signed_in.get(url(bot)).text

    assert "Recovery Mode: the open loss is large." in text
    assert "It ends when the price holds beyond break-even, or when the loss is half of what starts it" in text
    assert f"Break-even is 5.47{GAP}% away." in text


def test_the_chart_ends_at_the_price_of_the_card(signed_in: Client, bot: Bot) -> None:
    make_instrument(connection=bot.connection, price="1234.5")
    make_group(bot=bot)

    page = signed_in.get(url(bot))

    assert page.context["page"].groups[0].price == page.context["chart"].price
    assert f'data-price="{page.context["chart"].price}"' in page.text


def test_a_look_at_a_bot_that_finds_nothing_new_is_answered_by_nothing(signed_in: Client, bot: Bot) -> None:
    htmx = {"HX-Request": "true"}
    for name in ("bot_detail", "bot_journal", "bot_orders", "overview"):
        address = reverse(name, args=[] if name == "overview" else [bot.public_id])
        seen = re.search(r"seen=([0-9a-f]{16})", signed_in.get(address, headers=htmx).text)
        assert seen is not None, name

        assert signed_in.get(address, {"seen": seen[1]}, headers=htmx).status_code == 204, name


def test_a_fee_of_unknown_worth_is_said_of_open_and_of_closed_groups(signed_in: Client, bot: Bot) -> None:
    make_instrument(connection=bot.connection)
    make_group(bot=bot, has_unvalued_fees=True)
    make_group(bot=bot, mode="closed", has_unvalued_fees=True)

    assert "without a fee whose worth is not known" in signed_in.get(url(bot)).text
    closed = signed_in.get(reverse("bot_closed", args=[bot.public_id])).text
    assert "The result leaves out a fee whose worth is not known." in closed


def test_an_old_price_is_called_old(signed_in: Client, bot: Bot) -> None:
    make_instrument(connection=bot.connection, priced_at=timezone.now() - timedelta(minutes=2))
    make_group(bot=bot)

    assert card(signed_in, bot).is_stale
    assert "old: " in signed_in.get(url(bot)).text


def test_an_order_under_way_is_told(signed_in: Client, bot: Bot) -> None:
    group = make_group(bot=bot)
    make_order(group=group, purpose="add_on", step=2, state="unknown", quantity=Decimal("0.5"), price=Decimal(96))

    assert card(signed_in, bot).order == "Add-on 2 of 0.5 at 96.00: being looked up"


def test_money_at_work_counts_what_is_held_and_what_buys_may_still_cost(signed_in: Client, bot: Bot) -> None:
    make_order(group=make_group(bot=bot), purpose="add_on", state="open", quantity=Decimal("0.5"), price=Decimal(96))
    make_order(group=make_group(bot=bot, pair="ETH/USDT"), purpose="exit", state="open")

    found = page(signed_in, bot).usage

    assert (found.at_work, found.limit, found.share) == ("248.00", "500.00", 50)


def test_results_are_realised_open_and_fees_in_one_money(signed_in: Client, bot: Bot) -> None:
    make_instrument(connection=bot.connection, price="95")
    make_fill(order=make_order(group=make_group(bot=bot)), fee=Decimal("0.1"))
    make_group(bot=bot, mode="closed")
    make_group(bot=bot, mode="closed", result=Decimal("-0.5"))
    make_group(bot=bot, mode="released")

    (found,) = page(signed_in, bot).results

    assert (found.quote, found.realised, found.open, found.fees) == ("USDT", "+1.30", "−5.20", "0.504")
    assert found.groups == "1 of 2 with a gain"


def test_the_latest_decisions_stand_with_their_numbers(signed_in: Client, bot: Bot) -> None:
    make_line(bot=bot, numbers_json={"price": "95", "improvement": "-0.0021"})

    text = signed_in.get(url(bot)).text

    assert "The add-on would not improve the average enough." in text
    assert f"<dt>Improvement</dt><dd>−0.21{GAP}%</dd>" in text


def test_it_says_truthfully_what_an_enabled_bot_does(signed_in: Client, bot: Bot) -> None:
    text = signed_in.get(url(bot)).text

    assert "It opens a group when one of your alerts asks for it." in text
    assert "sends no orders" not in text


def test_a_bot_that_waits_for_alerts_without_an_address_says_so(signed_in: Client, trader: User, bot: Bot) -> None:
    deaf = make_bot(owner=trader, state="enabled")
    by_rule = make_bot(owner=trader, state="enabled", entry_source="trend")

    assert page(signed_in, deaf).needs_address
    assert not page(signed_in, bot).needs_address
    assert not page(signed_in, by_rule).needs_address


def test_its_own_rule_says_why_it_opens_nothing(signed_in: Client, trader: User) -> None:
    reasons = {"BTC/USDT": "entry.soft_limit", "ETH/USDT": "entry.cool_down"}
    bot = make_bot(owner=trader, state="enabled", pairs_json=[*reasons], entry_reasons_json=reasons)
    make_group(bot=bot)

    assert page(signed_in, bot).entry_waits == ["ETH/USDT: Waiting after the last group before a new one."]


def test_a_pause_says_what_it_means_for_open_groups(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled", paused="entries")

    text = signed_in.get(url(bot)).text

    assert "Entries are paused" in text
    assert "Open groups go on: they may still add on and close." in text


def test_groups_of_a_bot_that_is_off_are_warned_about(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    make_group(bot=bot)

    assert "Nobody looks after its open groups" in signed_in.get(url(bot)).text


@pytest.mark.parametrize(
    ("state", "has_group", "looks"), [("enabled", False, True), ("off", True, True), ("off", False, False)]
)
def test_it_looks_again_while_something_can_happen(
    signed_in: Client, trader: User, state: str, has_group: bool, looks: bool
) -> None:
    bot = make_bot(owner=trader, state=state)
    if has_group:
        make_group(bot=bot)

    assert ("every 2000ms" in signed_in.get(url(bot)).text) is looks


def test_it_goes_on_showing_the_chart_that_was_asked_for(signed_in: Client, bot: Bot) -> None:
    group = make_group(bot=bot, mode="closed")
    query = f"?group={group.public_id}&frame=1h"

    text = signed_in.get(url(bot, query)).text

    assert f'hx-get="{url(bot)}{html.escape(query)}&amp;seen="' in text
    assert "BTC/USDT, closed" in text


@pytest.mark.parametrize("query", ["?frame=2y", "?pair=<b>", "?pair=%00", "?frame[]=1"])
def test_a_query_that_makes_no_sense_shows_the_usual_page(signed_in: Client, bot: Bot, query: str) -> None:
    assert signed_in.get(url(bot, query)).context["chart"].query == "pair=BTC%2FUSDT&frame=15m"


@pytest.mark.parametrize("wanted", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_a_group_that_is_not_the_bots_is_not_found(signed_in: Client, bot: Bot, trader: User, wanted: str) -> None:
    mine_elsewhere = make_group(bot=make_bot(owner=trader))

    assert signed_in.get(url(bot, f"?group={wanted}")).status_code == 404
    assert signed_in.get(url(bot, f"?group={mine_elsewhere.public_id}")).status_code == 404


def test_the_levels_stand_in_a_table_too(signed_in: Client, bot: Bot) -> None:
    make_instrument(connection=bot.connection, price="95")
    make_group(bot=bot)

    levels = signed_in.get(url(bot)).context["chart"].levels

    assert [(one.label, one.shown) for one in levels] == [
        ("Take profit", "101.70"),
        ("Break-even", "100.20"),
        ("Average", "100.00"),
        ("Next add-on", "98.50"),
        ("Its zone ends", "96.70"),
    ]
    assert levels[0].shown_away == f"+7.05{GAP}%"


def test_what_a_name_holds_is_shown_and_not_run(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, name='<script>alert("x")</script>', pairs_json=['<img src=x onerror="x">'])
    make_group(bot=bot, pair="<svg/onload=x>", reason="<b>x</b>")
    make_line(bot=bot, pair="<i>x</i>", action="<u>", reason="<s>", numbers_json={"<em>": "1"})

    text = signed_in.get(url(bot)).text

    assert "&lt;script&gt;" in text
    assert not any(tag in text for tag in ("<script>alert", "<img src=x", "<svg/onload", "<b>x", "<i>x", "<s>", "<em>"))


def test_two_hundred_groups_take_as_many_queries_as_one(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    home = make_connection(owner=trader)
    bot = make_bot(connection=home, state="enabled")
    for number in range(40):
        group = make_group(bot=bot, pair=f"C{number}/USDT")
        make_instrument(connection=home, pair=group.pair)
        make_fill(order=make_order(group=group))
        make_line(bot=bot)
    for _ in range(160):
        make_group(bot=bot, mode="closed")

    with django_assert_max_num_queries(16):
        answer = signed_in.get(url(bot))

    assert answer.text.count("<article") == 40


@pytest.mark.parametrize(
    ("is_total", "words"), [(False, "Exits still leave, few at a time."), (True, "It refuses exits too")]
)
def test_an_exchange_that_asks_us_to_wait_is_told(signed_in: Client, trader: User, is_total: bool, words: str) -> None:
    bot = make_bot(owner=trader, state="enabled")
    until = timezone.now() + timedelta(seconds=50)
    ExchangePause.objects.extend("kucoin", "practice", until, is_total=is_total)

    page = signed_in.get(reverse("bot_detail", args=[bot.public_id])).text

    assert "KuCoin asks us to wait" in page
    assert words in page


def test_a_bot_that_waits_for_trouble_to_end_says_that_it_still_closes(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader, status="error", passed_at=timezone.now(), passed_revision=1)
    bot = make_bot(connection=home, state="halted", halt_reason="reach.unavailable", halted_by="trouble")

    page = signed_in.get(reverse("bot_detail", args=[bot.public_id])).text

    assert "Until then it buys nothing, and still closes" in page
    assert "Nobody looks after" not in page
    assert "Leave it off" in page
    home.passed_revision = None
    home.save()
    assert "still closes" not in signed_in.get(reverse("bot_detail", args=[bot.public_id])).text


def test_another_bot_on_the_same_pair_in_the_same_account_is_told(signed_in: Client, trader: User) -> None:
    homes = [make_connection(owner=trader, account_uid="1") for _ in range(2)]
    other = make_bot(connection=homes[0], state="enabled", name="Other", pairs_json=["ETH/USDT", "BTC/USDT"])
    bot = make_bot(connection=homes[1], name="Mine")

    assert page(signed_in, bot).rivals == [other]
    enabled = signed_in.post(reverse("bot_enable", args=[bot.public_id]), follow=True)

    told = [str(message) for message in enabled.context["messages"]]
    assert "Other trades the same pair in the same account: one may sell the other’s coins." in told


def test_bots_that_cannot_meet_are_no_rivals(signed_in: Client, trader: User) -> None:
    here, there, elsewhere = (make_connection(owner=trader, account_uid=uid) for uid in ("1", "1", "2"))
    make_bot(connection=here, state="enabled", pairs_json=["ETH/USDT"])
    make_bot(connection=here, state="off")
    make_bot(connection=elsewhere, state="enabled")
    bot = make_bot(connection=there)

    assert page(signed_in, bot).rivals == []


@pytest.mark.parametrize("state", ["off", "enabled"])
def test_a_bot_that_could_never_trade_says_so_and_what_would_be_enough(
    signed_in: Client, trader: User, state: str
) -> None:
    home = make_connection(owner=trader)
    bot = make_bot(connection=home, margin_limit=Decimal(20), state=state)
    make_funds(connection=home, USDT="10000")
    make_instrument(price="100", min_cost=Decimal(5))

    page = signed_in.get(url(bot)).text

    assert "It cannot trade as it is" in page
    assert "A margin limit of 42.00 USDT would be enough." in page
    assert "It can be enabled" not in page

    make_group(bot=bot)
    assert "It cannot trade as it is" not in signed_in.get(url(bot)).text


def test_the_settings_tell_the_ladder_that_its_trader_set(signed_in: Client, trader: User) -> None:
    own = make_bot(owner=trader, base_order=Decimal(10), first_add_on=Decimal(20), add_ons=8, first_step=Decimal("1.2"))

    page, usual = signed_in.get(url(own)).text, signed_in.get(url(make_bot(owner=trader))).text

    assert "Low, with a ladder of your own" in page
    for label, value in (("Number of add-ons", "8"), ("First add-on", "20 USDT"), ("First step", "1.2 %")):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in page
    assert "a ladder of your own" not in usual


@pytest.mark.parametrize(("venue", "is_told"), [("live", True), ("practice", False)])
def test_a_frozen_account_is_not_told_that_a_live_bot_can_be_enabled(
    signed_in: Client, trader: User, venue: str, is_told: bool
) -> None:
    bot = make_bot(connection=make_connection(owner=trader, venue=venue))
    freeze.freeze(trader, freeze.Because.PASSWORD_RESET)

    shown = signed_in.get(url(bot)).text

    assert ("It cannot be enabled while your account is frozen" in shown) is is_told
    assert ("<strong>It can be enabled</strong>" in shown) is not is_told
