"""Each alarm of docs/alarms.yml fires when its condition is made real, and not before."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import audit
from accounts.models import MailState, OutgoingMail
from accounts.trail import sealing
from backfuture import broker
from backfuture.metrics import figures
from connections.models import Connection, ExchangePause, KeyOpening, Secret, UnknownAnswer
from connections.pauses import FAULTS_BELIEVED
from connections.secrets import opening, planted, storing, vault
from exchanges.errors import Cause
from exchanges.shape import StrangeAnswer
from exchanges.values import Balance, Balances
from strategies.choices import MOST_LOST
from strategies.execution import reconcile
from strategies.models import Bot, Funds, Instrument
from strategies.runner import parking
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run
from tests.house.metrics.rules import alarms, fires, samples
from tests.house.test_health import see
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.strategies.test_claims import lose
from workers.models import CLOCK

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
Scenario = Callable[[pytest.FixtureRequest], None]
SCENARIOS: list[tuple[Scenario, set[str]]] = []


def makes(*alarms: str) -> Callable[[Scenario], Scenario]:
    """Let these alarms, and no others, have to fire at a scenario."""

    def keep(scenario: Scenario) -> Scenario:
        SCENARIOS.append((scenario, set(alarms)))
        return scenario

    return keep


def ago(**past: float) -> timedelta:
    return timedelta(**past)


def home(**fields: Any) -> Connection:
    return make_connection(owner=make_user(), **fields)


@makes("NothingTold")
def the_page_is_not_ours(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("settings").METRICS_TOKEN = "t" * 32


@makes("NotReady")
def no_worker_serves_orders(_: pytest.FixtureRequest) -> None:
    see(queues=["ticks", "checks", "books"])


@makes("NotReady")
def the_clock_stands(_: pytest.FixtureRequest) -> None:
    see(CLOCK, queues=(), ago=60)


@makes("NotReady")
def a_workers_time_is_wrong(_: pytest.FixtureRequest) -> None:
    see(ahead=10)


@makes("NotReady")
def the_public_key_is_gone(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("settings").VAULT_PUBLIC_KEY_FILE = "/nowhere/vault.pub"


@makes("NotReady")
def the_broker_is_gone(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("settings").REDIS_URL = "redis+socket:///nowhere/valkey.sock"


@makes("PartNotTold")
def a_question_fails(request: pytest.FixtureRequest) -> None:
    def orders(_: object) -> None:
        raise DatabaseError

    patch = request.getfixturevalue("monkeypatch")
    patch.setattr(figures, "PARTS", tuple(orders if part is figures.orders else part for part in figures.PARTS))


@makes("CheckStuck")
def a_check_does_not_end(_: pytest.FixtureRequest) -> None:
    make_run(connection=home(), state="running", queued_at=timezone.now() - ago(minutes=3))


@makes("ChecksLate")
def nobody_starts_checks(_: pytest.FixtureRequest) -> None:
    home(next_check_at=timezone.now() - ago(minutes=6))


@makes("WorkersLost")
def workers_die_under_checks(_: pytest.FixtureRequest) -> None:
    make_run(connection=home(), state="queued", reissues=3)
    make_run(connection=home(), reissues=1)


@makes("SignalsWait")
def a_signal_is_not_handled(_: pytest.FixtureRequest) -> None:
    rows.make_signal(bot=make_bot(), received_at=timezone.now() - ago(seconds=11))


@makes("OrderNotSent")
def an_order_stays_written_down(_: pytest.FixtureRequest) -> None:
    rows.make_order(
        group=rows.make_group(bot=make_bot()), state="intended", created_at=timezone.now() - ago(seconds=31)
    )


@makes("OrderUnknown")
def an_answer_never_came(_: pytest.FixtureRequest) -> None:
    rows.make_order(group=rows.make_group(bot=make_bot()), state="unknown", created_at=timezone.now() - ago(minutes=3))


@makes("OrdersRefused")
def an_exchange_refuses(_: pytest.FixtureRequest) -> None:
    group = rows.make_group(bot=make_bot())
    for _number in range(21):
        rows.make_order(group=group, state="refused", ended_at=timezone.now())


@makes("GroupUnlooked")
def prices_stop(_: pytest.FixtureRequest) -> None:
    Instrument.objects.update(priced_at=timezone.now() - ago(seconds=61))


@makes("GroupUnlooked")
def a_price_never_came(_: pytest.FixtureRequest) -> None:
    rows.make_group(bot=make_bot(state="enabled"), pair="ETH/USDT", opened_at=timezone.now() - ago(seconds=61))


@makes("BotsLate")
def nobody_looks_at_bots(_: pytest.FixtureRequest) -> None:
    make_bot(state="enabled", step_at=timezone.now() - ago(seconds=61))


@makes("BooksLate")
def nobody_compares(_: pytest.FixtureRequest) -> None:
    Funds.objects.create(connection=home(), look_at=timezone.now() - ago(minutes=3))


@makes("BooksDiffer")
def coins_are_gone(_: pytest.FixtureRequest) -> None:
    bot = Bot.objects.get()
    funds = Funds.objects.create(connection=bot.connection)
    told = Balances(coins=rows_of_one_coin(), odd=())
    for _number in range(reconcile.SHORTAGES_BELIEVED):
        reconcile.keep(funds, told, asked_at=timezone.now(), now=timezone.now())


def rows_of_one_coin() -> dict[str, Balance]:
    return {"USDT": Balance(free=D(1), total=D(1))}


@makes("ExchangePaused")
def an_exchange_wants_peace_for_long(_: pytest.FixtureRequest) -> None:
    now = timezone.now()
    ExchangePause.objects.extend("kucoin", "live", now + ago(minutes=1), now=now - ago(minutes=6))


@makes("ExchangeAway")
def an_exchange_does_not_answer(_: pytest.FixtureRequest) -> None:
    for _number in range(FAULTS_BELIEVED):
        ExchangePause.objects.note_fault("kucoin", "live", timezone.now() - ago(minutes=2))


@makes("ExitsRefused")
def even_an_exit_was_refused(_: pytest.FixtureRequest) -> None:
    now = timezone.now()
    ExchangePause.objects.extend("kucoin", "live", now + ago(minutes=1), now=now, is_total=True)


@makes("ExchangeTroubled")
def checks_end_in_trouble(_: pytest.FixtureRequest) -> None:
    connection = home()
    for _number in range(21):
        make_run(connection=connection, verdict="temporary")


@makes("UnknownAnswer")
def an_answer_is_in_no_table(_: pytest.FixtureRequest) -> None:
    strange = StrangeAnswer(asked="GET /x", status=418, code="7", shape=None)
    UnknownAnswer.objects.note("kucoin", "live", strange, cause=Cause.UNAVAILABLE, now=timezone.now())


def stored(request: pytest.FixtureRequest) -> Connection:
    """Return a connection whose key opens: the tests' own vault sealed it."""
    settings: Settings = request.getfixturevalue("settings")
    directory: Path = request.getfixturevalue("tmp_path")
    vault.make_keypair(directory)
    settings.VAULT_PUBLIC_KEY_FILE = str(directory / "vault.pub")
    settings.VAULT_PRIVATE_KEYS_DIR = str(directory / "vault")
    request.addfinalizer(opening.opener.cache_clear)
    request.addfinalizer(opening.quota.cache_clear)
    opening.opener.cache_clear()
    opening.quota.cache_clear()
    connection = home()
    connection.secrets.all().delete()
    storing.store_secret(connection, {"api_key": "k" * 24, "secret": "s"}, revision=connection.revision)
    return connection


@makes("AlarmRang")
def a_stored_key_was_moved(request: pytest.FixtureRequest) -> None:
    one, other = stored(request), home()
    Secret.objects.filter(connection=other).update(sealed=Secret.objects.get(connection=one).sealed)
    with pytest.raises(vault.SealBrokenError):
        opening.open_key(other, other.revision, purpose="look-up")


@makes("AlarmRang")
def a_bot_costs_three_workers(_: pytest.FixtureRequest) -> None:
    parking.park(lose(make_bot(connection=home(), state="enabled"), MOST_LOST, now=timezone.now()))


@makes("AlarmRang", "NotReady")
def a_vault_key_is_missing(request: pytest.FixtureRequest) -> None:
    stored(request)
    lost = home()  # sealed by a vault that nobody has
    with pytest.raises(vault.VaultKeyMissingError):
        opening.open_key(lost, lost.revision, purpose="look-up")


@makes("AlarmRang")
def keys_are_opened_fast(request: pytest.FixtureRequest) -> None:
    connection = stored(request)
    settings: Settings = request.getfixturevalue("settings")
    settings.KEY_OPENINGS_PER_SECOND, settings.KEY_OPENINGS_AT_ONCE = 0, 4
    for _number in range(4):
        opening.open_key(connection, connection.revision, purpose="order")


@makes("AlarmRang")
def a_planted_key_is_opened(request: pytest.FixtureRequest) -> None:
    stored(request)
    bait = planted.plant(email="bait@example.test", name="Main account")
    opening.open_key(bait, bait.revision, purpose="check")


@makes("AlarmRang")
def the_chain_was_changed(request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue("tmp_path") / "anchor.jsonl"
    request.getfixturevalue("settings").AUDIT_ANCHOR_FILE = str(path)
    audit.record("connection.checked", target=home())
    now = timezone.now()
    sealing.seal(now)
    path.write_text('{"at": "2020-01-01T00:00:00+00:00", "position": 1, "digest": "another"}\n')
    sealing.anchor(now)


@makes("KeysOpenedOften")
def a_vault_is_emptied(_: pytest.FixtureRequest) -> None:
    KeyOpening.objects.create(connection=home(), purpose="look-up", hour=timezone.now(), count=100_001)


@makes("TrailNotSealed")
def nobody_seals(_: pytest.FixtureRequest) -> None:
    connection = home()
    with time_machine.travel(timezone.now() - ago(minutes=3)):
        audit.record("connection.checked", target=connection)


def mail(**fields: object) -> None:
    OutgoingMail.objects.create(kind="code", to="a@example.com", expires_at=timezone.now() + ago(days=1), **fields)


@makes("MailsWait")
def mails_are_not_sent(_: pytest.FixtureRequest) -> None:
    mail(written_at=timezone.now() - ago(minutes=11))


@makes("MailsGivenUp")
def mails_are_given_up(_: pytest.FixtureRequest) -> None:
    for _number in range(11):
        mail(state=MailState.DEAD)


@makes("BrokerFills")
def no_worker_takes_messages(request: pytest.FixtureRequest) -> None:
    with broker.connect() as client:
        client.rpush("checks", *["{}"] * 5001)
    request.addfinalizer(_take_messages_back)


def _take_messages_back() -> None:
    with broker.connect() as client:
        client.delete("checks")


def fired(client: Client) -> set[str]:
    response = client.get("/metrics")
    there = samples(response.content.decode()) if response.status_code == 200 else []
    return {name for name, expression in alarms().items() if fires(expression, there)}


@pytest.fixture
def all_is_well(valkey: str, client: Client) -> None:
    see()
    see(CLOCK, queues=())
    rows.make_price()
    rows.make_group(bot=make_bot(state="enabled"))
    assert fired(client) == set()


def test_each_alarm_has_a_scenario() -> None:
    assert set().union(*(names for _, names in SCENARIOS)) == alarms().keys()


@pytest.mark.usefixtures("all_is_well")
@pytest.mark.parametrize(("scenario", "names"), SCENARIOS, ids=[one.__name__ for one, _ in SCENARIOS])
def test_an_alarm_fires_when_its_condition_is_real(
    scenario: Scenario, names: set[str], request: pytest.FixtureRequest, client: Client
) -> None:
    scenario(request)

    assert fired(client) == names
