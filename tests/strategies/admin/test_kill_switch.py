"""The operators' kill switch: who may turn it, by which word, and that the very next order is held."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from strategies.choices import StopLevel
from strategies.execution import authority
from strategies.models import Bot, Order, StopSwitch
from strategies.runner import snapshot
from strategies.stops import flows
from strategies.stops.state import StopReach
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection
from tests.strategies import rows
from tests.strategies.factories import make_bot
from workers import wake

pytestmark = pytest.mark.django_db
LEVELS = [("none", ""), ("entries", "entries"), ("add_ons", "add_ons"), ("orders", "orders")]


@pytest.fixture
def superuser(client: Client) -> Client:
    return sign_in(client, make_user(is_staff=True, is_superuser=True))


def page(client: Client, **posted: Any) -> Any:
    url = reverse("admin:kill_switch")
    return client.post(url, posted, follow=True) if posted else client.get(url)


def level() -> str | None:
    return StopSwitch.objects.filter(is_global=True).values_list("level", flat=True).first()


def make_intended(purpose: str) -> Order:
    """Write down an order that everything gives the right to leave."""
    bot = make_bot(state="enabled")
    rows.make_funds(bot=bot, reconciled_at=timezone.now())
    return rows.make_order(group=rows.make_group(bot=bot), purpose=purpose, state="intended", fence=bot.fence)


@pytest.mark.parametrize(("word", "stored"), LEVELS)
def test_a_superuser_sets_a_level_by_typing_its_word(superuser: Client, word: str, stored: str) -> None:
    StopSwitch.objects.create(is_global=True, level="" if stored else "orders")

    answer = page(superuser, level=word, word=f" {word.upper()} ")

    assert level() == stored
    assert "for everybody." in answer.text
    event = AuditEvent.objects.get(action="everybody.paused")
    assert event.outcome == (stored or "none")
    assert event.actor is not None
    assert event.actor.is_superuser


@pytest.mark.parametrize(
    "posted",
    [
        {"level": "orders", "word": "entries"},
        {"level": "orders", "word": ""},
        {"level": "orders"},
        {"level": "", "word": ""},
        {"level": "everything", "word": "everything"},
        {"word": "orders"},
    ],
)
def test_without_the_right_word_nothing_changes(superuser: Client, posted: dict[str, str]) -> None:
    answer = page(superuser, **posted)

    assert answer.status_code == 422
    assert level() is None
    assert not AuditEvent.objects.filter(action="everybody.paused").exists()


def test_an_operator_looks_and_cannot_turn_it(client: Client) -> None:
    sign_in(client, make_user(is_staff=True))

    shown, turned = page(client), page(client, level="orders", word="orders")

    assert "You may look, not turn it." in shown.text
    assert "Set for everybody" not in shown.text
    assert turned.status_code == 403
    assert level() is None


def test_an_operator_with_the_permission_turns_it(client: Client) -> None:
    operator = make_user(is_staff=True)
    operator.user_permissions.add(Permission.objects.get(codename="use_kill_switch"))
    sign_in(client, operator)

    page(client, level="entries", word="entries")

    assert level() == "entries"


def test_the_permission_alone_opens_nothing_to_a_trader(client: Client) -> None:
    trader = make_user()
    trader.user_permissions.add(Permission.objects.get(codename="use_kill_switch"))
    sign_in(client, trader)

    page(client, level="entries", word="entries")

    assert level() is None


def test_it_says_how_much_it_holds(superuser: Client) -> None:
    bot = make_bot(state="enabled")
    make_bot()
    rows.make_order(group=rows.make_group(bot=bot), state="open")
    rows.make_order(group=rows.make_group(bot=bot, pair="ETH/USDT"), state="filled")
    rows.make_group(bot=bot, pair="XRP/USDT", mode="closed")

    assert "It would hold for 1 enabled bot, 2 open groups and 1 order under way." in page(superuser).text


@pytest.mark.parametrize(
    ("stop", "leaves"),
    [
        (StopLevel.NONE, {"entry", "add_on", "exit"}),
        (StopLevel.ENTRIES, {"add_on", "exit"}),
        (StopLevel.ADD_ONS, {"exit"}),
        (StopLevel.ORDERS, set()),
    ],
)
def test_the_very_next_order_is_held_with_no_message_sent(
    monkeypatch: pytest.MonkeyPatch, stop: StopLevel, leaves: set[str]
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(wake, "publish", lambda task, row: sent.append(task))
    orders = {purpose: make_intended(purpose) for purpose in ("entry", "add_on", "exit")}

    flows.pause_everybody(stop, by=PRODUCT)
    left = {purpose for purpose, order in orders.items() if authority.mark_sent(order, now=timezone.now())}

    assert left == leaves
    assert sent == []


@pytest.mark.parametrize("whose", ["trader", "bot"])
def test_a_traders_own_pause_holds_as_soon(whose: str) -> None:
    order = make_intended("entry")

    if whose == "trader":
        flows.pause_trader(order.connection.owner, StopLevel.ENTRIES, by=PRODUCT)
    else:
        flows.pause_bot(order.bot, StopLevel.ENTRIES, by=PRODUCT)

    assert not authority.mark_sent(order, now=timezone.now())


@pytest.mark.parametrize(("word", "stored"), LEVELS)
def test_the_command_sets_it_while_the_web_is_down(word: str, stored: str) -> None:
    told = StringIO()

    call_command("stop", word, stdout=told)

    assert level() == stored
    assert f"({word}), since " in told.getvalue()
    event = AuditEvent.objects.get(action="everybody.paused")
    assert (event.actor, event.target) == (None, "everybody")


def test_the_command_without_a_level_only_tells() -> None:
    told = StringIO()

    call_command("stop", stdout=told)

    assert told.getvalue().startswith("Nothing is paused (none). It would hold for 0 enabled bots")
    assert level() is None


def test_the_command_takes_no_other_word() -> None:
    with pytest.raises(CommandError):
        call_command("stop", "everything")
    assert level() is None


def stop(client: Client, *where: object, level: str) -> Any:
    name = "stop_person" if len(where) == 1 else "stop_exchange"
    return client.post(reverse(f"admin:{name}", args=where), {"level": level, "word": level}, follow=True)


@pytest.mark.parametrize(
    ("level", "leaves"), [("entries", {"add_on", "exit"}), ("add_ons", {"exit"}), ("orders", set()), ("none", {"all"})]
)
def test_a_stop_at_one_exchange_holds_the_next_order_there(superuser: Client, level: str, leaves: set[str]) -> None:
    orders = {purpose: make_intended(purpose) for purpose in ("entry", "add_on", "exit")}

    answer = stop(superuser, "kucoin", "practice", level=level)
    left = {purpose for purpose, order in orders.items() if authority.mark_sent(order, now=timezone.now())}

    assert left == (set(orders) if leaves == {"all"} else leaves)
    assert "for everybody at KuCoin (practice)." in answer.text
    event = AuditEvent.objects.get(action="exchange.paused")
    assert (event.target, event.outcome) == ("kucoin:practice", level)


@pytest.mark.parametrize("where", [("kucoin", "live"), ("okx", "practice")])
def test_a_stop_at_another_exchange_or_venue_holds_nothing_here(superuser: Client, where: tuple[str, str]) -> None:
    order = make_intended("entry")

    stop(superuser, *where, level="orders")

    assert authority.mark_sent(order, now=timezone.now())


def test_a_stop_for_one_person_holds_theirs_and_nobody_elses(superuser: Client) -> None:
    hers, others = make_intended("entry"), make_intended("entry")
    owner = hers.connection.owner

    stop(superuser, owner.public_id, level="add_ons")

    assert not authority.mark_sent(hers, now=timezone.now())
    assert authority.mark_sent(others, now=timezone.now())
    event = AuditEvent.objects.get(action="person.paused")
    assert (event.target, event.outcome) == (f"user:{owner.public_id}", "add_ons")


def test_no_operator_takes_somebodys_exits_away(superuser: Client) -> None:
    order = make_intended("exit")

    answer = stop(superuser, order.connection.owner.public_id, level="orders")

    assert answer.status_code == 422
    assert authority.mark_sent(order, now=timezone.now())


def test_a_trader_lifts_their_own_pause_and_not_ours(client: Client) -> None:
    order = make_intended("entry")
    owner = order.connection.owner
    flows.pause_everybody(StopLevel.ENTRIES, by=PRODUCT, reach=StopReach.of(owner))
    flows.pause_trader(owner, StopLevel.ADD_ONS, by=PRODUCT)

    flows.pause_trader(owner, StopLevel.NONE, by=PRODUCT)
    shown = sign_in(client, owner).get(reverse("stops")).text

    assert not authority.mark_sent(order, now=timezone.now())
    assert "Your bots are paused by us" in shown


@pytest.mark.parametrize("reach", ["person", "exchange"])
def test_the_engine_knows_of_it_and_decides_nothing_that_would_be_held(reach: str) -> None:
    bot = make_bot(state="enabled")
    where = StopReach.of(bot.connection.owner) if reach == "person" else StopReach.at("kucoin", "practice")
    flows.pause_everybody(StopLevel.ADD_ONS, by=PRODUCT, reach=where)

    def level_at(exchange: str) -> StopLevel:
        found = snapshot.load([bot], {}, exchange=exchange, venue="practice", now=timezone.now(), signals={})
        return found.stop_of(bot)

    assert level_at("kucoin") == StopLevel.ADD_ONS
    assert level_at("okx") == (StopLevel.ADD_ONS if reach == "person" else StopLevel.NONE)


def test_only_traders_with_a_connection_there_read_of_an_exchange(client: Client) -> None:
    here, elsewhere = make_bot(), make_bot(connection=make_connection(owner=make_user(), exchange="okx"))
    flows.pause_everybody(StopLevel.ORDERS, by=PRODUCT, reach=StopReach.at("kucoin", "practice"))

    def shown(bot: Bot) -> str:
        return str(sign_in(client, bot.connection.owner).get(reverse("stops")).text)

    assert "Trading at KuCoin (practice) is paused by us" in shown(here)
    assert "is paused by us" not in shown(elsewhere)


@pytest.mark.parametrize("where", [("nowhere", "live"), ("kucoin", "moon")])
def test_an_exchange_that_nobody_knows_has_no_switch(superuser: Client, where: tuple[str, str]) -> None:
    assert stop(superuser, *where, level="orders").status_code == 404


def test_an_operator_without_the_permission_stops_no_exchange_and_no_person(client: Client) -> None:
    sign_in(client, make_user(is_staff=True))

    assert stop(client, "kucoin", "live", level="entries").status_code == 403
    assert stop(client, make_user().public_id, level="entries").status_code == 403
    assert not StopSwitch.objects.exists()
