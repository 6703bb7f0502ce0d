"""A look back: candles from the exchange once, the run, and what happens when either cannot be."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.by import PRODUCT
from connections import desks
from exchanges import registry
from strategies.look_backs import aside, candles, flows, map_work, wish, work
from strategies.lookback import months, variants
from strategies.management.commands import fetch_candles
from strategies.models import Bot, CandleMonth, LookBack
from tests.strategies.stories.trader import Trader
from workers import wake

pytestmark = pytest.mark.services
LENGTH = timedelta(minutes=150)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look back on two answers of minutes, and need not be polite to our own exchange."""
    monkeypatch.setitem(vars(registry.get("kucoin").trading), "candles_at_once", 100)
    for room in (work, aside, map_work, fetch_candles):
        monkeypatch.setattr(room, "length_of", lambda _months: LENGTH)
    monkeypatch.setattr(candles, "SECONDS_BETWEEN", 0)


def asked(trader: Trader) -> LookBack:
    made = flows.ask(trader.bot, 1, by=PRODUCT)
    # The feed reads the pair's rules.
    trader.watch()
    # In the middle of a month, whatever the day is.
    made.until = (made.until.replace(day=1) - timedelta(days=1)).replace(day=15, hour=12)
    made.save()
    return made


def worked(made: LookBack) -> LookBack:
    LookBack.objects.filter(pk=made.pk).update(look_at=timezone.now())
    work.work(made.pk)
    made.refresh_from_db()
    return made


def pages(trader: Trader) -> int:
    return int(trader.rig.control("GET", "requests?slug=kucoin&path=/api/v1/market/candles")["count"])


def kept() -> int:
    return sum(month.count for month in CandleMonth.objects.all())


def after_a_page(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something once, when the first answer of candles has come."""
    ask, acts = desks.ask, [act]

    def asking(*what: Any, **more: Any) -> Any:
        told = ask(*what, **more)
        while acts:
            acts.pop()()
        return told

    monkeypatch.setattr(desks, "ask", asking)


def test_a_bot_is_looked_back_at(trading: Trader) -> None:
    made = worked(asked(trading))

    assert (made.state, made.problem, made.share) == ("done", "", 100)
    assert made.answer["coverage"] == 1
    assert list(made.answer["rules"]) == ["BTC/USDT"]
    assert made.answer["settings"]["equity"] == "10000"
    assert kept() == LENGTH.total_seconds() / 60


def test_what_stands_beside_the_result_comes_after_it(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, reckon = list[tuple[str, bool]](), variants.beside

    def beside(*what: Any, **more: Any) -> Any:
        row = LookBack.objects.get()
        seen.append((row.state, "beside" in row.answer))
        return reckon(*what, **more)

    monkeypatch.setattr(aside, "beside", beside)

    made = worked(asked(trading))

    assert seen == [("done", False)]
    assert len(made.answer["beside"]["moved"]) > 10
    assert made.answer["beside"]["left_out"] == 0


def test_what_would_take_too_long_is_left_out_and_counted(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "MOST_SECONDS", 0.0)

    made = worked(asked(trading))

    assert (made.state, made.answer["beside"]["moved"]) == ("done", [])
    assert made.answer["beside"]["left_out"] > 10


def test_what_was_fetched_once_is_not_fetched_again(trading: Trader) -> None:
    first, before = asked(trading), pages(trading)
    assert worked(first).state == "done"
    asked_for = pages(trading) - before
    again = asked(trading)
    LookBack.objects.filter(pk=again.pk).update(until=first.until)

    assert worked(again).state == "done"
    assert (asked_for, pages(trading) - before) == (2, 2)
    assert first.answer["candles"] == again.answer["candles"]


def test_only_what_is_older_and_newer_is_fetched_besides(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    first, before = asked(trading), pages(trading)
    LookBack.objects.filter(pk=first.pk).update(until=first.until - timedelta(minutes=5))
    assert worked(first).state == "done"
    monkeypatch.setattr(work, "length_of", lambda _months: LENGTH + timedelta(minutes=20))

    again = worked(asked(trading))

    assert (again.state, again.answer["coverage"]) == ("done", 1)
    assert pages(trading) - before == 2 + 1 + 1


def test_what_lies_between_two_times_that_were_asked_for_is_fetched_too(trading: Trader) -> None:
    late = asked(trading)
    assert worked(late).state == "done"
    early = asked(trading)
    LookBack.objects.filter(pk=early.pk).update(until=late.until - timedelta(days=1))
    before = pages(trading)

    assert worked(early).state == "done"
    month = CandleMonth.objects.get()
    assert month.count == (month.until - month.since).total_seconds() / 60
    assert pages(trading) > before + 2


def test_a_long_month_is_written_down_on_the_way(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its worker may be killed, which no finally outlives."""
    monkeypatch.setattr(candles, "KEPT_EVERY_SECONDS", -1)
    seen, made = list[int](), asked(trading)

    def tell(*_: object) -> bool:
        seen.append(kept())
        return True

    monkeypatch.setattr(work.Progress, "tell", tell)

    assert worked(made).state == "done"
    assert seen[:2] == [100, 150]


def test_a_bot_of_the_trend_rule_has_the_time_before_read_too_and_says_so(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wish, "CLOSES", 2)
    trading.set(entry_source="trend", trend_frame="5m")
    made = worked(asked(trading))

    assert (made.state, made.answer["coverage"]) == ("done", 1)
    assert made.answer["settings"]["frames"] == [5, 60]
    assert made.answer["minutes_before"] == {"BTC/USDT": 180}
    assert kept() == 180 + LENGTH.total_seconds() / 60


def test_where_the_exchange_has_nothing_but_the_time_before_there_is_no_result(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    trading.set(entry_source="trend", trend_frame="5m")
    made, whole = asked(trading), months.beginning
    monkeypatch.setattr(wish, "CLOSES", 2)
    # As if what came ended where the time begins that is looked back at.
    monkeypatch.setattr(months, "beginning", lambda found, at: whole(months.between(found, 0, at), at))

    assert (worked(made).state, made.problem) == ("failed", "look_back.no_candles")


def test_it_looks_at_the_bot_as_it_is_now(trading: Trader) -> None:
    trading.set(take_profit=3, margin_limit=500)

    told = worked(asked(trading)).answer["settings"]

    assert (told["settings"]["take_profit"], told["margin"]["amount"]) == ("0.03", "500")


def test_one_that_is_canceled_ends_with_the_next_page_and_what_came_is_kept(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, before = asked(trading), pages(trading)
    after_a_page(monkeypatch, lambda: flows.cancel(made))

    worked(made)

    assert pages(trading) - before == 1

    assert (made.state, made.answer_json, made.claim_until) == ("canceled", None, None)
    assert kept() > 0
    assert not flows.cancel(made)


def test_one_that_is_canceled_in_the_last_moment_stays_so(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(trading)

    def answer(*_: object, **_more: object) -> dict[str, str]:
        flows.cancel(made)
        return {"order": "falls_first"}

    monkeypatch.setattr("strategies.lookback.answer.answer", answer)

    assert worked(made).state == "canceled"


def test_a_new_wish_ends_the_one_before(trading: Trader) -> None:
    first, second = asked(trading), asked(trading)

    assert LookBack.objects.get(pk=first.pk).state == "canceled"
    assert worked(first).state == "canceled"
    assert worked(second).state == "done"


def test_only_the_newest_are_kept(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "KEPT_EACH", 2)
    made = [asked(trading).pk for _ in range(4)]

    assert sorted(LookBack.objects.values_list("pk", flat=True)) == made[2:]


def test_an_exchange_that_is_away_is_asked_again_and_it_goes_on_where_it_was(trading: Trader) -> None:
    made = asked(trading)
    trading.rig.fault("503", slug="kucoin")
    assert (worked(made).state, made.problem) == ("waiting", "reach.unavailable")
    assert made.look_at > timezone.now()
    work.work(made.pk)
    assert LookBack.objects.get(pk=made.pk).tries == 1
    trading.rig.control("DELETE", "faults")

    assert worked(made).state == "done"


def test_what_came_before_an_exchange_went_away_is_not_fetched_again(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = asked(trading)
    after_a_page(monkeypatch, lambda: trading.rig.fault("503", slug="kucoin"))
    assert worked(made).state == "waiting"
    before = kept()
    trading.rig.control("DELETE", "faults")

    assert worked(made).state == "done"
    assert kept() > before > 0


def test_rules_that_nobody_has_read_yet_are_waited_for(trading: Trader) -> None:
    trading.set(pairs_json=["BTC/USDT", "ETH/USDT"])
    made = flows.ask(trading.bot, 1, by=PRODUCT)
    assert (worked(made).state, made.problem) == ("waiting", "look_back.no_rules")

    trading.watch()

    assert worked(made).state == "done"
    assert set(made.answer["rules"]) == {"BTC/USDT", "ETH/USDT"}


def test_two_workers_do_not_both_take_it(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(trading)
    after_a_page(monkeypatch, lambda: work.work(made.pk))

    assert worked(made).state == "done"
    assert made.tries == 1


def test_one_whose_worker_died_is_taken_by_another_and_the_first_writes_nothing_more(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = asked(trading)

    def another_takes_it() -> None:
        LookBack.objects.filter(pk=made.pk).update(claim_until=timezone.now() - timedelta(seconds=1), tries=2)

    after_a_page(monkeypatch, another_takes_it)
    worked(made)
    assert (made.state, made.answer_json, made.tries) == ("fetching" if made.share else "waiting", None, 2)

    assert worked(made).state == "done"


def test_what_never_comes_to_an_end_is_given_up(trading: Trader) -> None:
    made = asked(trading)
    LookBack.objects.filter(pk=made.pk).update(tries=work.MOST_TRIES)

    assert (worked(made).state, made.problem) == ("failed", "look_back.given_up")


def test_few_candles_give_no_result(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strategies.look_backs.kept.LEAST_COVERAGE", 1.1)

    assert (worked(asked(trading)).state, LookBack.objects.get().problem) == ("failed", "look_back.few_candles")


def test_an_exchange_without_candles_gives_none(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(trading)
    monkeypatch.setattr(desks, "ask", lambda *_args, **_more: ([], timezone.now()))

    assert (worked(made).state, made.problem) == ("failed", "look_back.no_candles")
    assert CandleMonth.objects.get().count == 0


def test_a_bot_that_was_deleted_is_not_looked_back_at(trading: Trader) -> None:
    made = asked(trading)
    Bot.objects.update(state="off", deleted_at=timezone.now(), enabled_at=None)

    assert worked(made).state == "canceled"


def test_the_tick_wakes_what_nobody_was_told_of(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    made, sent = asked(trading), list[tuple[str, int]]()
    monkeypatch.setattr(wake, "publish", lambda task, pk: sent.append((task, pk)))

    work.wake_due(timezone.now())
    LookBack.objects.update(claim_until=timezone.now() + timedelta(minutes=1))
    work.wake_due(timezone.now())

    assert sent == [("strategies.look_back", made.pk)]


def fetched(**more: Any) -> str:
    told = StringIO()
    call_command("fetch_candles", "kucoin", "btc-usdt", venue="practice", stdout=told, **more)
    return told.getvalue()


def test_a_command_fetches_months_says_how_far_it_is_and_asks_for_nothing_twice(trading: Trader) -> None:
    told = fetched(months=1)

    lines = [line for line in told.splitlines() if line.startswith("BTC/USDT 20")]
    assert 1 <= len(lines) <= 2
    assert kept() == LENGTH.total_seconds() / 60
    before = pages(trading)
    assert fetched(months=1).splitlines()[0].startswith("BTC/USDT 20")
    assert pages(trading) - before <= 1


def test_a_command_that_an_exchange_leaves_goes_on_where_it_was(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked_for = desks.ask, list[int]()

    def asking(*what: Any, **more: Any) -> Any:
        asked_for.append(1)
        if len(asked_for) == 3:
            trading.rig.fault("503", slug="kucoin")
        return ask(*what, **more)

    monkeypatch.setattr(desks, "ask", asking)
    with pytest.raises(CommandError, match="What came is kept: started again, it goes on there"):
        fetched(months=1)
    came = kept()
    assert 0 < came < LENGTH.total_seconds() / 60
    trading.rig.control("DELETE", "faults")

    fetched(months=1)
    assert kept() == LENGTH.total_seconds() / 60


def test_a_command_refuses_what_an_exchange_does_not_list_and_no_months(trading: Trader) -> None:
    with pytest.raises(CommandError, match="kucoin lists no NOPE/USDT"):
        call_command("fetch_candles", "kucoin", "BTC/USDT", "NOPE/USDT", venue="practice")
    with pytest.raises(CommandError, match="one month or more"):
        fetched(months=0)
    with pytest.raises(CommandError, match="BTC"):
        call_command("fetch_candles", "kucoin", "BTC", venue="practice")


# --- a map of settings around the bot's own


def mapped(made: LookBack) -> LookBack:
    assert flows.ask_map(made, by=PRODUCT)
    map_work.work(made.pk)
    made.refresh_from_db()
    return made


def test_a_map_of_settings_stands_on_the_same_candles(trading: Trader) -> None:
    made = mapped(worked(asked(trading)))

    assert (len(made.map["places"]), made.map_share, made.claim_until) == (49, 99, None)
    quarters = [round(sum(one["net"] for one in part), 6) for part in (made.map["places"][24],)]
    assert len(made.map["quarters"]) == 4
    assert quarters != [0.0]
    assert made.map["settings"] == ["take_profit", "first_step"]


def test_a_map_is_asked_for_once_and_again_only_where_there_is_none(trading: Trader) -> None:
    made = worked(asked(trading))

    assert flows.ask_map(made, by=PRODUCT)
    assert not flows.ask_map(made, by=PRODUCT)
    map_work.work(made.pk)
    assert not flows.ask_map(made, by=PRODUCT)

    LookBack.objects.update(map_json={"problem": "map.too_long"})
    assert flows.ask_map(made, by=PRODUCT)


def test_of_what_is_not_done_there_is_no_map(trading: Trader) -> None:
    assert not flows.ask_map(asked(trading), by=PRODUCT)


def test_a_bot_that_was_changed_since_is_another_one(trading: Trader) -> None:
    made = worked(asked(trading))
    trading.set(take_profit="2.5")

    assert mapped(made).map == {"problem": "map.changed"}


def test_what_takes_too_long_says_so(trading: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_work, "MOST_SECONDS", 0.0)

    assert mapped(worked(asked(trading))).map == {"problem": "map.too_long"}


def test_another_map_of_the_same_trader_is_waited_for_no_more(trading: Trader) -> None:
    first, second = worked(asked(trading)), worked(asked(trading))
    assert flows.ask_map(first, by=PRODUCT)
    assert flows.ask_map(second, by=PRODUCT)

    map_work.work(first.pk)
    map_work.work(second.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.map_json, bool(second.map)) == (None, True)


def test_a_worker_that_dies_on_a_map_is_followed_by_two_others(
    trading: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, sent = worked(asked(trading)), list[tuple[str, int]]()
    assert flows.ask_map(made, by=PRODUCT)
    monkeypatch.setattr(wake, "publish", lambda task, pk: sent.append((task, pk)))

    def dies(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(map_work, "_map_of", dies)
    for _ in range(map_work_tries := 3):
        with pytest.raises(MemoryError):
            map_work.work(made.pk)
        map_work.work(made.pk)  # nobody takes what is claimed
        LookBack.objects.filter(pk=made.pk).update(claim_until=timezone.now() - timedelta(seconds=1))
        map_work.wake_due(timezone.now())

    made.refresh_from_db()
    assert made.map_tries == map_work_tries
    assert sent == [(flows.MAP_TASK, made.pk)] * 2
    assert not made.waits_for_map(timezone.now())
