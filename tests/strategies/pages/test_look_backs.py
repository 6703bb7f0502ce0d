"""Pages of looks back: asked for, watched, canceled, read; the worst first, and only by whose bot it is."""

import csv
import html
import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from strategies.lookback import variants
from strategies.lookback.past import PartedBy
from strategies.models import Bot, LookBack
from strategies.pages.look_backs.chart import charts_of
from strategies.words import look_backs as words
from tests.accounts.factories import make_user, sign_in
from tests.strategies.factories import make_bot
from tests.strategies.lookback.example import looked_back, mapped

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot() -> Bot:
    return make_bot(entry_source="immediate", name="Älteste & <b>")


@pytest.fixture
def web(bot: Bot) -> Client:
    return sign_in(Client(), bot.connection.owner)


def make_look_back(bot: Bot, **fields: Any) -> LookBack:
    return LookBack.objects.create(**{"bot": bot, "months": 3, "until": timezone.now(), **fields})


def page(web: Client, row: LookBack, **headers: str) -> str:
    answer = web.get(reverse("look_back", args=[row.public_id]), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_click_asks_for_it_and_shows_how_far_it_is(web: Client, bot: Bot) -> None:
    answer = web.post(reverse("bot_look_backs", args=[bot.public_id]), {"months": "3"}, follow=True)

    row = LookBack.objects.get()
    assert (row.months, row.state) == (3, "waiting")
    text = answer.content.decode()
    assert "Waits for its turn" in text
    assert 'hx-trigger="every' in text


@pytest.mark.parametrize("months", ["", "2", "99", "x", "-1", "1.0"])
def test_how_far_is_one_of_the_choices(web: Client, bot: Bot, months: str) -> None:
    answer = web.post(reverse("bot_look_backs", args=[bot.public_id]), {"months": months})

    assert not LookBack.objects.exists()
    assert "Choose how far" in answer.content.decode()


def test_while_it_is_under_way_the_page_asks_again_and_offers_to_cancel(web: Client, bot: Bot) -> None:
    row = make_look_back(bot, state="fetching", share=40)
    text = page(web, row)
    assert "Fetches candles" in text
    assert "40 %" in text

    web.post(reverse("look_back_cancel", args=[row.public_id]))

    text = page(web, row)
    assert "Canceled" in text
    assert "hx-trigger" not in text.partition('id="rows"')[2].partition(">")[0]


def test_a_look_at_what_has_not_changed_sends_nothing(web: Client, bot: Bot) -> None:
    row = make_look_back(bot, state="fetching", share=40)
    seen = page(web, row, **{"HX-Request": "true"}).partition("?seen=")[2].partition('"')[0]
    address = f"{reverse('look_back', args=[row.public_id])}?seen={seen}"

    assert web.get(address, headers={"HX-Request": "true"}).status_code == 204
    LookBack.objects.update(share=41)
    assert web.get(address, headers={"HX-Request": "true"}).status_code == 200


def test_a_trader_has_one_under_way_whatever_the_bot(web: Client, bot: Bot) -> None:
    other, strangers = make_bot(connection=bot.connection, name="Other"), make_look_back(make_bot())
    first = make_look_back(bot, state="running")

    web.post(reverse("bot_look_backs", args=[other.public_id]), {"months": "1"})

    states = dict(LookBack.objects.values_list("bot__name", "state"))
    assert (LookBack.objects.get(pk=first.pk).state, states["Other"]) == ("canceled", "waiting")
    assert LookBack.objects.get(pk=strangers.pk).state == "waiting"


def test_one_that_has_ended_is_not_canceled(web: Client, bot: Bot) -> None:
    row = make_look_back(bot, state="done", answer_json=looked_back())

    answer = web.post(reverse("look_back_cancel", args=[row.public_id]), follow=True)

    assert "come to its end already" in answer.content.decode()
    assert LookBack.objects.get().state == "done"


@pytest.mark.parametrize("code", [*words.PROBLEMS, "reach.unavailable", "what.nobody.knows"])
@pytest.mark.parametrize("state", ["failed", "waiting"])
def test_why_there_is_none_is_a_sentence(web: Client, bot: Bot, code: str, state: str) -> None:
    text = page(web, make_look_back(bot, state=state, problem=code))

    assert words.problem(code) in text.replace("&#x27;", "'")
    assert code not in text


def test_the_worst_is_told_first(web: Client, bot: Bot) -> None:
    told = looked_back()
    text = page(web, make_look_back(bot, state="done", answer_json=told))

    places = [text.index(part) for part in ("Worst day", "Deepest fall", ">Result<", "Holding instead", "cannot know")]
    assert places == sorted(places)
    assert all(words.unknown(code) in text for code in told["cannot_know"])


def test_groups_come_the_worst_first_and_the_rest_is_counted(web: Client, bot: Bot) -> None:
    told = looked_back()
    one = told["groups"][0]
    told["groups"] = [one | {"result": float(n)} for n in range(120)]

    text = page(web, make_look_back(bot, state="done", answer_json=told))

    assert text.count('data-label="Result after fees"') == 50
    assert "70 more, with better results" in text


def test_a_loss_is_shown_as_one(web: Client, bot: Bot) -> None:
    told = looked_back() | {"net": -12.5}

    text = page(web, make_look_back(bot, state="done", answer_json=told))

    assert '<span class="loss">−12.50 USDT</span>' in text


def test_a_bot_that_waits_for_alerts_is_told_what_was_assumed(web: Client, bot: Bot) -> None:
    row = make_look_back(bot, state="done", answer_json=looked_back())
    assert "None of your alerts" not in page(web, row)

    Bot.objects.update(entry_source="webhook")

    assert "None of your alerts of this time are known" in page(web, row)


def test_alerts_that_came_are_counted(web: Client, bot: Bot) -> None:
    told = looked_back()
    minute = 28_000_000
    told["settings"] |= {
        "signals": {"BTC/USDT": [[minute, minute + 1]] * 3},
        "closings": {"BTC/USDT": [minute, minute]},
    }
    Bot.objects.update(entry_source="webhook")

    text = page(web, make_look_back(bot, state="done", answer_json=told))

    assert "your alerts asked for them: 3 in this time, the first at 2023-03-28 10:40 UTC" in text
    assert "2 of your alerts asked to close" in text
    assert "None of your alerts" not in text


@pytest.mark.parametrize(("minutes", "is_enough"), [(18_000, True), (17_280, True), (17_000, False)])
def test_a_trend_is_said_to_be_asked_and_whether_its_averages_were_there(
    web: Client, bot: Bot, minutes: int, is_enough: bool
) -> None:
    told = looked_back()
    told["settings"]["frames"] = [5, 60]
    told["minutes_before"] = {"BTC/USDT": minutes, "ETH/USDT": 20_000}

    text = page(web, make_look_back(bot, state="done", answer_json=told))

    assert f"candles of 5 and 60 minutes, made of these minutes, each once it has ended. {minutes // 1440} days" in text
    assert ("fewer than the 12 days" not in text) is is_enough


def test_limit_orders_are_told_to_be_taken_for_others(web: Client, bot: Bot) -> None:
    row = make_look_back(bot, state="done", answer_json=looked_back())
    assert "limit orders are taken" not in page(web, row)

    Bot.objects.update(order_kind="limit")

    assert "limit orders are taken for market orders" in page(web, row)


def test_no_group_and_no_day_are_shown_too(web: Client, bot: Bot) -> None:
    empty = looked_back() | {"groups": [], "add_ons": {}, "days": [], "worst_days": [], "by_month": {}, "blocked": {}}

    assert "None opened" in page(web, make_look_back(bot, state="done", answer_json=empty))


def test_with_and_without_recovery_mode_stand_side_by_side(web: Client, bot: Bot) -> None:
    told = looked_back()
    told |= {"net": -1.5, "most_margin": 77.0}
    told["beside"]["recovery"] |= {"net": 3.25, "most_margin": 99.0}

    text = page(web, make_look_back(bot, state="done", answer_json=told))
    assert told["beside"]["recovery"]["is_on"]
    part = text.partition('id="recovery"')[2]
    places = [part.index(one) for one in ("Deepest fall", "Most at work", "+3.25", "−1.50", "Fees")]
    assert places == sorted(places)

    told["beside"]["recovery"]["is_on"] = False
    part = page(web, make_look_back(bot, state="done", answer_json=told)).partition('id="recovery"')[2]
    assert part.index("−1.50") < part.index("+3.25")


def moved_to(*nets: float) -> list[dict[str, Any]]:
    one = looked_back()["beside"]["moved"][0]
    return [one | {"name": "take_profit", "now": f"0.0{n + 1}", "net": net} for n, net in enumerate(nets)]


def test_moved_settings_come_the_worst_first_and_the_bot_as_it_is_set_among_them(web: Client, bot: Bot) -> None:
    told = looked_back() | {"net": 10.0}
    told["beside"]["moved"] = moved_to(30.0, 5.0)

    part = page(web, make_look_back(bot, state="done", answer_json=told)).partition('id="moved"')[2]

    places = [part.index(one) for one in ("between +5.00 and +30.00 USDT", ">+5.00<", "As it is set", ">+30.00<")]
    assert places == sorted(places)
    assert "−5.00" in part
    assert "+20.00" in part
    assert "turns into a loss" not in part
    assert "best" not in part.partition("</table>")[0]


def test_a_gain_that_turns_into_a_loss_by_a_notch_is_called_fragile(web: Client, bot: Bot) -> None:
    told = looked_back() | {"net": 10.0}
    told["beside"]["moved"] = moved_to(-2.0, 30.0, -7.0)

    text = page(web, make_look_back(bot, state="done", answer_json=told))

    assert "turns into a loss in 2 cases, as with Take profit at 3.00\u00a0%" in text


@pytest.mark.parametrize("name", words.SETTINGS)
def test_every_setting_that_can_be_moved_has_a_name_and_a_figure(name: str) -> None:
    assert words.setting(name)[0].isupper()
    assert words.setting_at(name, Decimal("0.5"), "USDT").strip()


def test_all_that_a_run_moves_has_a_name() -> None:
    assert {*variants.SETTINGS, "fee", "slippage"} == set(words.SETTINGS)


def test_what_stands_beside_is_waited_for_and_not_for_ever(web: Client, bot: Bot) -> None:
    told = looked_back()
    del told["beside"]
    row = make_look_back(bot, state="done", answer_json=told, ended_at=timezone.now())

    text = page(web, row)
    assert "Being reckoned" in text
    assert "every 1000ms" in text

    LookBack.objects.update(ended_at=timezone.now() - timedelta(minutes=4))
    text = page(web, row)
    assert "It was not reckoned" in text
    assert "every" not in text.partition('id="rows"')[2].partition(">")[0]


def test_what_there_was_no_time_for_is_counted(web: Client, bot: Bot) -> None:
    told = looked_back()
    told["beside"] = {"recovery": None, "moved": [], "left_out": 19}

    text = page(web, make_look_back(bot, state="done", answer_json=told))

    assert "19 of these runs would have taken too long and are left out" in text
    assert 'id="moved"' not in text


def rows_of(web: Client, name: str, row: LookBack) -> list[dict[str, str]]:
    answer = web.get(reverse(name, args=[row.public_id]))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    text = b"".join(answer.streaming_content).decode().lstrip("\ufeff")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_groups_and_months_come_as_csv(web: Client, bot: Bot) -> None:
    told = looked_back()
    row = make_look_back(bot, state="done", answer_json=told)

    groups, months = rows_of(web, "look_back_groups_csv", row), rows_of(web, "look_back_months_csv", row)

    assert [Decimal(one["result"]) for one in groups] == [Decimal(repr(one["result"])) for one in told["groups"]]
    assert groups[0]["opened_utc"].startswith("2023-")
    assert {one["month"]: Decimal(one["result"]) for one in months} == {
        month: Decimal(repr(change)) for month, change in told["by_month"].items()
    }
    LookBack.objects.update(state="running")
    assert web.get(reverse("look_back_groups_csv", args=[row.public_id])).status_code == 404


def test_a_spreadsheet_calculates_nothing_of_it(web: Client, bot: Bot) -> None:
    told = looked_back()
    told["groups"][0] |= {"pair": "=cmd()/USDT", "reason": "@x"}
    told["by_month"] = {"+1+1": -3.0}
    row = make_look_back(bot, state="done", answer_json=told)

    group, month = rows_of(web, "look_back_groups_csv", row)[0], rows_of(web, "look_back_months_csv", row)[0]

    assert (group["pair"], group["reason"]) == ("'=cmd()/USDT", "'@x")
    assert (month["month"], month["result"]) == ("'+1+1", "-3")


def test_the_file_is_the_answer(web: Client, bot: Bot) -> None:
    row = make_look_back(bot, state="done", answer_json=looked_back())
    answer = web.get(reverse("look_back_json", args=[row.public_id]))

    assert answer.json() == looked_back()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    LookBack.objects.update(state="running")
    assert web.get(reverse("look_back_json", args=[row.public_id])).status_code == 404


def test_nobody_else_sees_it_asks_for_it_or_ends_it(bot: Bot) -> None:
    row, other = make_look_back(bot), sign_in(Client(), make_user())

    for name in ("look_back", *(f"look_back_{file}" for file in ("json", "groups_csv", "months_csv", "map_csv"))):
        assert other.get(reverse(name, args=[row.public_id])).status_code == 404
    assert other.get(reverse("bot_look_backs", args=[bot.public_id])).status_code == 404
    for name, of in (("look_back_cancel", row), ("bot_look_backs", bot)):
        assert other.post(reverse(name, args=[of.public_id]), {"months": "1"}).status_code == 404
    assert LookBack.objects.get().state == "waiting"


def test_a_deleted_bots_looks_back_are_gone(web: Client, bot: Bot) -> None:
    row = make_look_back(bot)
    Bot.objects.update(deleted_at=timezone.now())

    assert web.get(reverse("look_back", args=[row.public_id])).status_code == 404


def test_a_list_of_many_takes_no_more_queries_than_one_of_one(
    web: Client, bot: Bot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    address = reverse("bot_look_backs", args=[bot.public_id])
    for n in range(20):
        make_look_back(bot, state="done", answer_json=looked_back(), asked_at=timezone.now() - timedelta(days=n))
    web.get(address)

    with django_assert_max_num_queries(6):
        text = web.get(address).content.decode()

    assert text.count("/look-backs/") >= 20
    assert "&lt;b&gt;" in text


def parted(**changes: Any) -> dict[str, Any]:
    act = {"minute": 29_000_000, "action": "add", "step": 2, "price": 58390.1, "reason": "add_on.zone"}
    difference = {"real": None, "simulated": act, "cause": "brief", "reason": ""}
    group = {"name": "one", "pair": "BTC/USDT", "opened": 28_999_990, "closed": 29_000_100, "acts": 3, "same": 1}
    return {**group, "result": -4.5, "simulated": 5.25, "difference": difference, **changes}


def past_with(*groups: dict[str, Any], left_out: int = 0) -> dict[str, Any]:
    sums = {name: sum(one[name] for one in groups) for name in ("acts", "result", "simulated")}
    same = sum(one["difference"] is None for one in groups)
    return {"groups": list(groups), "same": same, "same_acts": 4, "left_out": left_out, **sums}


def test_what_it_really_did_stands_beside_and_says_where_and_why_they_part(web: Client, bot: Bot) -> None:
    same = parted(difference=None, closed=None)
    row = make_look_back(
        bot, state="done", answer_json={**looked_back(), "past": past_with(parted(), same, left_out=2)}
    )

    text = page(web, row)

    assert "Of 2 groups that it really opened, the replay did the same in 1 to the end." in text
    assert "They came to −9.00 USDT, their replays to +10.50 USDT." in text
    assert "4 of 6 add-ons and sales were the same, within two minutes." in text
    assert "2 more cannot be replayed" in text
    assert "Nothing more" in text
    assert "Add-on 2 at 58,390.10, 2025-02-19 21:20 UTC" in text
    assert "The price was there for less than a minute." in text
    assert "Nowhere: the same to the end" in text
    assert "still open" in text


def test_a_bot_that_opened_no_group_then_is_beside_nothing(web: Client, bot: Bot) -> None:
    none = make_look_back(bot, state="done", answer_json={**looked_back(), "past": past_with()})
    before = make_look_back(bot, state="done", answer_json=looked_back())

    assert "What it really did" not in page(web, none)
    assert "What it really did" not in page(web, before)


@pytest.mark.parametrize("cause", PartedBy)
def test_each_cause_is_a_sentence_with_and_without_its_reason(cause: PartedBy) -> None:
    for reason in ("", "order.refused_funds", "bot.halted", "exit.asked"):
        told = words.cause(cause, reason)
        assert told.endswith("."), told
        assert ":." not in told


def test_the_fiftieth_group_is_the_last_that_is_shown(web: Client, bot: Bot) -> None:
    many = past_with(*[parted() for _ in range(53)])
    text = page(web, make_look_back(bot, state="done", answer_json={**looked_back(), "past": many}))

    assert text.count("Add-on 2 at 58,390.1") == 50
    assert "3 more are in the file." in text


# --- a map of settings


def done(bot: Bot, **fields: Any) -> LookBack:
    answer = {**looked_back(), "beside": {"recovery": None, "moved": [], "left_out": 0}}
    return make_look_back(bot, state="done", answer_json=answer, ended_at=timezone.now(), **fields)


def test_a_map_is_offered_asked_for_and_waited_for(web: Client, bot: Bot) -> None:
    row = done(bot)
    assert "Map the settings around" in page(web, row)

    answer = web.post(reverse("look_back_map", args=[row.public_id]))

    assert answer.headers["Location"].endswith("#map")
    LookBack.objects.update(map_share=40)
    text = page(web, row)
    assert "40 %" in text
    assert 'hx-trigger="every' in text
    assert "Map the settings around" not in text


def test_a_map_tells_each_place_by_its_worst_quarter_and_marks_what_is_set(web: Client, bot: Bot) -> None:
    text = page(web, done(bot, map_asked_at=timezone.now(), map_json=mapped()))

    assert text.count('aria-current="true"') == 1
    assert "Worst quarters lie between −31.00 and +16.00 USDT; as it is set, at −8.00." in text
    assert "31 of 48 places lost money in a quarter." in text
    assert 'title="−6.00 · −1.00 · −8.00 · +3.00"' in text
    assert 'title="This cannot be set."' in text
    assert "7 minutes" in text


def test_what_choosing_came_to_is_told_as_it_is(web: Client, bot: Bot) -> None:
    lost = [{"quarter": 1, "place": 48, "net": -3.0, "as_set": 1.0}]
    more = page(web, done(bot, map_asked_at=timezone.now(), map_json=mapped()))
    less = page(web, done(bot, map_asked_at=timezone.now(), map_json=mapped(forward=lost)))
    none = page(web, done(bot, map_asked_at=timezone.now(), map_json=mapped(forward=[])))

    assert "would have had 1.00 USDT more, better in 1 of 2 quarters. So few cannot be told from chance." in more
    assert re.search(r"7(\.0+)?.?% and 7 minutes", more)
    assert "would have had 4.00 USDT less, better in 0 of 1 quarters." in less
    assert "Had one chosen by it" not in none


def test_a_map_is_in_both_files_with_each_quarter_of_each_place(web: Client, bot: Bot) -> None:
    row = done(bot, map_asked_at=timezone.now(), map_json=mapped())

    rows = rows_of(web, "look_back_map_csv", row)
    answer = web.get(reverse("look_back_json", args=[row.public_id])).json()

    assert answer == {**row.answer, "map": mapped()}
    assert len(rows) == 49 * 4
    assert set(rows[0].values()) >= {"take_profit", "0.01", "re_entry_minutes", "1"}
    assert rows[0]["result"] == rows[0]["deepest_fall"] == rows[0]["groups"] == ""
    names = "across_value", "down_value", "quarter", "result", "deepest_fall", "groups"
    assert [rows[-1][name] for name in names] == ["0.07", "7", "4", "27", "40.5", "48"]
    assert {one["across_value"] + one["down_value"] for one in rows if one["is_as_set"] == "1"} == {"0.044"}
    assert [one["quarter"] for one in rows if one["is_chosen"] == "1"] == ["3", "2"]


@pytest.mark.parametrize("told", [{}, {"map_json": {"problem": "map.changed"}}])
def test_where_there_is_no_map_there_is_no_file_of_it(web: Client, bot: Bot, told: dict[str, Any]) -> None:
    row = done(bot, **told)

    assert web.get(reverse("look_back_map_csv", args=[row.public_id])).status_code == 404
    assert web.get(reverse("look_back_json", args=[row.public_id])).json() == row.answer
    assert "Map as CSV" not in page(web, row)


@pytest.mark.parametrize("code", [*words.MAPS])
def test_why_there_is_no_map_is_a_sentence_and_it_can_be_asked_for_again(web: Client, bot: Bot, code: str) -> None:
    told: dict[str, Any] = {"map_json": {"problem": code}}
    if code == "map.failed":
        told = {"map_tries": 3}
    text = page(web, done(bot, map_asked_at=timezone.now(), **told))

    assert html.escape(words.no_map(code)) in text
    assert "Map the settings around" in text


def test_a_map_is_made_of_what_is_done_and_ones_own(web: Client, bot: Bot) -> None:
    waiting, theirs = make_look_back(bot, state="waiting"), done(make_bot())

    assert [web.post(reverse("look_back_map", args=[one.public_id])).status_code for one in (waiting, theirs)] == [
        404
    ] * 2


# --- the chart


def test_the_page_draws_the_price_and_what_was_bought_and_sold(web: Client, bot: Bot) -> None:
    text = page(web, done(bot))

    told = looked_back()
    buys = sum(one["action"] in {"open", "add"} for one in told["events"])
    assert f"Bought {buys} times, sold {sum(one['action'] == 'close' for one in told['events'])} times." in text
    assert "Lowest 699.00, highest" in text
    assert text.count("<polygon") == 1


def test_marks_stand_where_and_when_it_traded_and_inside_the_drawing() -> None:
    events = [
        {"pair": "BTC/USDT", "minute": 0, "action": "open", "price": "10"},
        {"pair": "BTC/USDT", "minute": 50, "action": "add", "price": "5"},
        {"pair": "BTC/USDT", "minute": 50, "action": "enter_recovery", "price": "0"},
        {"pair": "BTC/USDT", "minute": 100, "action": "close", "price": "25"},
        {"pair": "ETH/USDT", "minute": 100, "action": "close", "price": "25"},
    ]
    points = [[0, 10, 12], [50, 5, 11], [100, 15, 20]]

    (chart,) = charts_of({"prices": {"BTC/USDT": points}, "events": events})

    assert chart.bought.count("z") == 2
    assert chart.bought.startswith("M0 96l")
    assert "M300 138l" in chart.bought
    # Sold above all prices that were kept: at the edge.
    assert chart.sold == "M600 12l-4 -8h8z"
    assert chart.band.split()[0] == "0.0,79.2"


def test_an_answer_without_prices_has_no_chart_and_a_price_that_stood_still_has_one() -> None:
    assert list(charts_of({"events": []})) == []
    assert list(charts_of({"prices": {"BTC/USDT": [[0, 1, 1]]}, "events": []})) == []
    (chart,) = charts_of({"prices": {"BTC/USDT": [[0, 7, 7], [1, 7, 7]]}, "events": []})
    assert (chart.bought, chart.sold, chart.lowest) == ("", "", chart.highest)


def test_of_many_pairs_the_first_are_drawn() -> None:
    prices = {f"C{number}/USDT": [[0, 1, 2], [1, 1, 2]] for number in range(20)}

    assert len(list(charts_of({"prices": prices, "events": []}))) == 6
