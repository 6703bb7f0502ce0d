import re
from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from strategies.models import Bot, BotSettings
from strategies.pages.bot_form.form import BotForm
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group, typed

pytestmark = pytest.mark.django_db

ADD = "/bots/add/"


def test_the_form_has_every_setting_of_a_bot() -> None:
    assert set(BotForm.base_fields) == {field.name for field in fields(BotSettings)}


def test_adding_saves_a_bot_that_is_off_and_opens_its_page(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    response = signed_in.post(ADD, typed(home), follow=True)

    bot = Bot.objects.get()
    assert response.redirect_chain == [(reverse("bot_detail", args=[bot.public_id]), 302)]
    assert "It is off until you enable it" in response.text
    assert (bot.state, bot.connection, bot.pairs) == ("off", home, ("BTC/USDT", "ETH/USDT"))
    assert bot.margin_limit == Decimal("250.5")


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", "", "required"),
        ("name", "x" * 61, "at most 60"),
        ("name", "evil\u202eeman", "invisible characters"),
        ("connection", "", "Choose one of your connections"),
        ("connection", "nonsense", "nonsense"),
        ("connection", "00000000-0000-4000-8000-000000000000", "Choose one of yours"),
        ("pairs", "", "required"),
        ("pairs", "BTCXYZ", "is not a pair"),
        ("pairs", "BTC/USDT, ETH/BTC", "same money"),
        ("direction", "short", "Short needs a futures connection"),
        ("direction", "sideways", "valid choice"),
        ("risk_level", "", "Choose one"),
        ("margin_limit", "0", "more than 0"),
        ("margin_limit", "-5", "more than 0"),
        ("margin_limit", "NaN", "Enter a number"),
        ("margin_limit", "1e30", "Enter a number"),
        ("margin_limit", "a lot", "Enter a number"),
        ("margin_limit", "1,500", "could mean 1.500 or 1500"),
        ("base_order", "501", "within the margin limit"),
        ("take_profit", "0.1", "from 0.2 to 100 percent"),
        ("take_profit", "", "required"),
        ("trailing", "60", "Trailing must be"),
        ("stop_loss", "0,2", "The stop loss must be"),
        ("cool_down_minutes", "1.5", "decimal places"),
        ("cool_down_minutes", "2000", "The cool-down must be"),
        ("add_ons", "31", "0 to 30 add-ons"),
        ("add_ons", "2.5", "decimal places"),
        ("first_add_on", "20", "needs a first order in money"),
        ("add_on_ratio", "0", "from 0.01 to 100 times"),
        ("first_step", "a bit", "Enter a number"),
        ("step_scale", "-1", "The step scale must be"),
        ("volume_scale", "0", "The volume scale must be"),
        ("floor", "1", "before the first add-on"),
        ("least_improvement", "11", "The least improvement must be"),
        ("accepted_loss", "0", "The accepted loss must be"),
        ("max_groups", "21", "1 to 20 groups"),
        ("step_scale", "3", "Add-on 5 would wait 100 percent or more below the entry"),
        ("stop_timeout_seconds", "601", "The time-out of the stop loss must be"),
        ("entry_source", "", "Choose one"),
        ("entry_rule", "never", "valid choice"),
        ("order_kind", "", "Choose one"),
        ("add_on_behaviour", "always", "valid choice"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(
    signed_in: Client, trader: User, field: str, value: str, complaint: str
) -> None:
    home = make_connection(owner=trader)

    response = signed_in.post(ADD, typed(home) | {field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert complaint in str(response.context["form"].errors[field])
    kept = [
        one for one in ("Night owl", "250.5", "btc/usdt, eth-usdt") if field not in ("name", "margin_limit", "pairs")
    ]
    for text in kept:
        assert text in response.text
    assert not Bot.objects.exists()


def test_a_name_that_is_taken_is_refused_beside_the_name(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    make_bot(connection=home, name="NIGHT OWL")

    response = signed_in.post(ADD, typed(home))

    assert "You already have a bot named" in str(response.context["form"].errors["name"])


def test_other_peoples_connections_can_neither_be_seen_nor_chosen(signed_in: Client, trader: User) -> None:
    make_connection(owner=trader)
    foreign = make_connection(owner=make_user(), name="Somebody’s treasure")

    page = signed_in.get(ADD)
    response = signed_in.post(ADD, typed(foreign))

    assert "Somebody’s treasure" not in page.text
    assert list(response.context["form"].errors) == ["connection"]
    assert not Bot.objects.exists()


def test_only_the_forms_own_fields_can_be_set(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    extra = {
        "state": "enabled",
        "halt_reason": "x",
        "enabled_at": "2026-01-01",
        "public_id": "1",
        "id": "7",
        "owner": "1",
    }

    signed_in.post(ADD, typed(home) | extra)

    bot = Bot.objects.get()
    assert (bot.state, bot.halt_reason, bot.enabled_at) == ("off", "", None)


def test_the_page_of_a_connection_can_preselect_it(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    assert f'value="{home.public_id}" selected' in signed_in.get(f"{ADD}?connection={home.public_id}").text
    assert signed_in.get(f"{ADD}?connection=nonsense").status_code == 200


def test_without_connections_the_form_gives_way_to_the_first_step(signed_in: Client) -> None:
    page = signed_in.get(ADD).text

    assert "First connect an exchange" in page
    assert "margin_limit" not in page


def test_editing_shows_what_is_stored_and_saves_what_changed(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, pairs_json=["BTC/USDT", "ETH/USDT"], margin_limit=Decimal("1000.50000000"))
    url = reverse("bot_edit", args=[bot.public_id])

    page = signed_in.get(url).text
    response = signed_in.post(url, typed(bot.connection, recovery_mode=""))

    assert 'value="BTC/USDT, ETH/USDT"' in page
    assert 'value="1000.5"' in page
    assert response.status_code == 302
    bot.refresh_from_db()
    assert (bot.name, bot.risk_level, bot.recovery_mode) == ("Night owl", "medium", False)


def test_an_enabled_bot_stays_on_its_connection_whatever_is_posted(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, state="enabled")
    other = make_connection(owner=trader)

    signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(other))

    moved = Bot.objects.get()
    assert (moved.connection, moved.state, moved.name) == (bot.connection, "enabled", "Night owl")


def test_a_bot_without_connection_is_moved_by_editing_it(signed_in: Client, trader: User) -> None:
    gone = make_connection(owner=trader, status="untested", deleted=True)
    bot = make_bot(connection=gone, state="halted", halt_reason="connection.deleted")
    other = make_connection(owner=trader)
    url = reverse("bot_edit", args=[bot.public_id])

    page = signed_in.get(url).text
    signed_in.post(url, typed(other))

    assert "Its connection was deleted" in page
    assert gone.name not in page
    bot.refresh_from_db()
    assert (bot.connection, bot.state) == (other, "off")


def test_a_bot_that_was_enabled_meanwhile_is_not_moved(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    other = make_connection(owner=trader)

    with database.execute_wrapper(enabling_first(bot)):
        response = signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(other))

    assert response.status_code == 422
    assert "Disable the bot before you move it" in response.text
    assert Bot.objects.get().connection == bot.connection


def enabling_first(bot: Bot) -> Callable[..., Any]:
    """Return a wrapper that lets another tab enable the bot right before the form's own update."""
    tabs = ["another"]

    def wrapper(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith('UPDATE "strategies_bot"') and tabs:
            tabs.pop()
            Bot.objects.filter(pk=bot.pk).update(state="enabled", enabled_at=bot.created_at)
        return execute(sql, params, many, context)

    return wrapper


def test_every_setting_is_saved_as_it_was_typed(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)
    more = {
        "entry_source": "immediate",
        "re_entry_minutes": "30 minutes",
        "entry_rule": "beside_recovery",
        "base_order": "12,5",
        "take_profit": "2,25 %",
        "trailing": "0.5",
        "stop_loss": "8",
        "order_kind": "limit",
        "cool_down_minutes": "0",
        "stop_timeout_seconds": "60 seconds",
    }

    signed_in.post(ADD, typed(home, **more))

    bot = Bot.objects.get()
    assert (bot.entry_source, bot.re_entry_minutes, bot.entry_rule) == ("immediate", 30, "beside_recovery")
    assert (bot.base_order, bot.take_profit) == (Decimal("12.5"), Decimal("2.25"))
    assert (bot.trailing, bot.stop_loss, bot.order_kind, bot.cool_down_minutes) == (
        Decimal("0.5"),
        Decimal(8),
        "limit",
        0,
    )
    assert bot.stop_timeout_seconds == 60


def test_what_is_left_empty_is_none(signed_in: Client, trader: User) -> None:
    signed_in.post(ADD, typed(make_connection(owner=trader), base_order="", trailing=" ", stop_loss=""))

    bot = Bot.objects.get()
    assert (bot.base_order, bot.trailing, bot.stop_loss) == (None, None, None)


@pytest.mark.parametrize("hidden", [{"re_entry_minutes": "nonsense"}, {"re_entry_minutes": "-5", "trend_frame": "2h"}])
def test_what_the_entry_does_not_use_does_no_harm(signed_in: Client, trader: User, hidden: dict[str, str]) -> None:
    signed_in.post(ADD, typed(make_connection(owner=trader), **hidden))

    bot = Bot.objects.get()
    assert (bot.re_entry_minutes, bot.trend_frame) == (15, "15m")


@pytest.mark.parametrize(("source", "field"), [("trend", "trend_frame"), ("immediate", "re_entry_minutes")])
def test_what_the_entry_uses_is_asked_for(signed_in: Client, trader: User, source: str, field: str) -> None:
    response = signed_in.post(ADD, typed(make_connection(owner=trader), entry_source=source))

    assert list(response.context["form"].errors) == [field]


def test_the_only_connection_is_chosen_already(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    assert f'value="{home.public_id}" selected' in signed_in.get(ADD).text


def test_something_seldom_used_that_is_wrong_is_not_folded_away(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    usual, wrong = signed_in.get(ADD), signed_in.post(ADD, typed(home, cool_down_minutes="2000"))

    assert '<details class="more">' in usual.text
    assert '<details class="more" open>' in wrong.text


def test_recalculating_shows_the_ladder_and_saves_nothing(signed_in: Client, trader: User) -> None:
    home = make_connection(owner=trader)

    response = signed_in.post(ADD, typed(home, name="", trailing="a lot") | {"recalculate": "1"})

    assert response.status_code == 200
    assert "Add-on 5" in response.text
    assert 'value="a lot"' in response.text
    assert not response.context["form"].errors
    assert not Bot.objects.exists()


def test_recalculating_an_edit_saves_nothing(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, name="Old")

    response = signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(bot.connection) | {"recalculate": "1"})

    assert 'value="Night owl"' in response.text
    assert Bot.objects.get().name == "Old"


def test_without_open_groups_an_edit_saves_at_once(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    make_group(bot=bot, mode="closed")

    response = signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(bot.connection))

    assert response.status_code == 302
    assert Bot.objects.get().name == "Night owl"


def test_with_open_groups_an_edit_shows_what_it_changes_before_it_saves(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader, pairs_json=["BTC/USDT", "ETH/USDT"])
    make_group(bot=bot, pair="ETH/USDT")
    url, posted = reverse("bot_edit", args=[bot.public_id]), typed(bot.connection, pairs="BTC/USDT", stop_loss="8")

    review = signed_in.post(url, posted)

    assert review.status_code == 200
    assert Bot.objects.get().name == bot.name
    assert "For open groups, at once" in review.text
    assert "Only for new groups" in review.text
    assert "ETH/USDT is removed" in review.text
    assert "Its open group goes on until it closes" in review.text

    saved = signed_in.post(url, hidden_fields(review.text) | {"confirmed": "1"})

    assert saved.status_code == 302
    changed = Bot.objects.get()
    assert (changed.name, changed.pairs, changed.stop_loss) == ("Night owl", ("BTC/USDT",), Decimal(8))
    assert (changed.recovery_mode, changed.connection) == (True, bot.connection)


def test_going_back_from_the_review_keeps_what_was_typed(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    make_group(bot=bot)
    url = reverse("bot_edit", args=[bot.public_id])
    review = signed_in.post(url, typed(bot.connection, trailing="0,7", recovery_mode=""))

    form = signed_in.post(url, hidden_fields(review.text) | {"back": "1"})

    assert 'value="0,7"' in form.text
    assert not form.context["form"]["recovery_mode"].value()
    assert Bot.objects.get().name == bot.name


def test_an_edit_that_changes_nothing_needs_no_review(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    make_group(bot=bot)
    url = reverse("bot_edit", args=[bot.public_id])
    shown = signed_in.get(url).context["form"]

    values = {name: shown[name].value() for name in shown.fields if name != "connection"}
    response = signed_in.post(url, {name: "" if value is None else value for name, value in values.items()})

    assert response.status_code == 302


def test_a_bot_with_open_groups_stays_on_its_connection(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    make_group(bot=bot)
    other = make_connection(owner=trader)

    page = signed_in.get(reverse("bot_edit", args=[bot.public_id]))
    signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(other) | {"confirmed": "1"})

    assert "The connection is fixed while groups are open" in page.text
    moved = Bot.objects.get()
    assert (moved.name, moved.connection) == ("Night owl", bot.connection)


def test_a_wrong_edit_is_told_before_it_is_reviewed(signed_in: Client, trader: User) -> None:
    bot = make_bot(owner=trader)
    make_group(bot=bot)

    response = signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(bot.connection, take_profit="0"))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["take_profit"]


def test_an_edit_takes_a_fixed_number_of_queries(
    signed_in: Client, trader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bot = make_bot(owner=trader, pairs_json=[f"C{n}/USDT" for n in range(20)])
    for pair in bot.pairs:
        make_group(bot=bot, pair=pair)
    url = reverse("bot_edit", args=[bot.public_id])

    with django_assert_max_num_queries(12):
        signed_in.get(url)
    with django_assert_max_num_queries(12):
        signed_in.post(url, typed(bot.connection))


def hidden_fields(page: str) -> dict[str, str]:
    """Return what the review would send."""
    inputs = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', page)
    return {name: unescape(value) for name, value in inputs if name != "csrfmiddlewaretoken"}


OWN = {
    "base_order": "10",
    "first_add_on": "20",
    "add_ons": "6",
    "first_step": "1,5 %",
    "step_scale": "1.2×",
    "volume_scale": "1.05",
    "floor": "30",
    "least_improvement": "0.2",
    "accepted_loss": "12.5 %",
    "max_groups": "2",
}


def test_a_ladder_of_ones_own_is_saved_as_it_was_typed(signed_in: Client, trader: User) -> None:
    signed_in.post(ADD, typed(make_connection(owner=trader), **OWN))

    bot = Bot.objects.get()
    assert {name: getattr(bot, name) for name in OWN} == {
        "base_order": Decimal(10),
        "first_add_on": Decimal(20),
        "add_ons": 6,
        "first_step": Decimal("1.5"),
        "step_scale": Decimal("1.2"),
        "volume_scale": Decimal("1.05"),
        "floor": Decimal(30),
        "least_improvement": Decimal("0.2"),
        "accepted_loss": Decimal("12.5"),
        "max_groups": 2,
    }
    page = signed_in.get(reverse("bot_edit", args=[bot.public_id]))
    assert 'value="1.05"' in page.text
    assert '<details class="more" id="own-ladder" open>' in page.text


def test_an_own_ladder_that_is_emptied_is_the_levels_again(signed_in: Client, trader: User) -> None:
    signed_in.post(ADD, typed(make_connection(owner=trader), **OWN))
    bot = Bot.objects.get()

    signed_in.post(reverse("bot_edit", args=[bot.public_id]), typed(bot.connection, **dict.fromkeys(OWN, "")))

    bot.refresh_from_db()
    assert {name: getattr(bot, name) for name in OWN} == dict.fromkeys(OWN)


def test_an_empty_box_tells_what_each_level_has_and_shows_what_the_chosen_one_has(
    signed_in: Client, trader: User
) -> None:
    make_connection(owner=trader)

    first, high = signed_in.get(ADD), signed_in.get(f"{ADD}?preset=bold")

    assert '<details class="more" id="own-ladder">' in first.text
    assert "Empty: Low 3, Medium 5, High 7." in first.text
    assert "Empty: Low 2.5, Medium 1.8, High 1.5." in first.text
    assert "Empty: 0.1." in first.text
    assert first.context["form"]["add_ons"].field.widget.attrs["placeholder"] == "3"
    assert high.context["form"]["add_ons"].field.widget.attrs["placeholder"] == "7"
    assert high.context["form"]["volume_scale"].field.widget.attrs["placeholder"] == "1.25"
