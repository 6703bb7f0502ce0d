from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent, User
from connections import flows as connection_flows
from connections.models import RunState
from strategies.bots import flows
from strategies.models import Bot, Funds, Instrument
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection, make_run
from tests.strategies.factories import make_bot, make_funds, make_group, make_instrument, make_settings

pytestmark = pytest.mark.django_db


def trail(action: str) -> list[str]:
    return [event.outcome for event in AuditEvent.objects.filter(action=action).order_by("pk")]


@pytest.fixture
def owner() -> User:
    return make_user()


def test_a_new_bot_is_off_and_carries_its_settings(owner: User) -> None:
    home = make_connection(owner=owner, market="futures")
    settings = make_settings(
        connection=home,
        pairs=("BTC/USDT", "ETH/USDT"),
        direction="both",
        risk_level="high",
        margin_limit=Decimal("12.5"),
        add_on_behaviour="first_come",
        recovery_mode=False,
    )

    bot = flows.add_bot(owner, settings=settings, by=PRODUCT)

    stored = Bot.objects.get(pk=bot.pk)
    assert stored.settings == settings
    assert stored.state == "off"
    assert trail("bot.added") == ["ok"]


def test_one_account_has_so_many_bots(owner: User, settings: Settings) -> None:
    settings.BOTS_PER_USER = 1
    home = make_connection(owner=owner)
    gone = make_bot(connection=home, deleted_at=timezone.now())
    make_bot(connection=home)

    with pytest.raises(flows.SettingsError, match="You have 1 bots, as many as one account may"):
        flows.add_bot(owner, settings=make_settings(connection=home, name="One more"), by=PRODUCT)

    assert Bot.objects.exclude(pk=gone.pk).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"direction": "short"}, "direction"),
        ({"direction": "both"}, "direction"),
        ({"margin_limit": Decimal(0)}, "margin_limit"),
        ({"pairs": ()}, "pairs"),
        ({"pairs": ("btc/usdt",)}, "pairs"),
        ({"name": "STRASSE"}, "name"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(owner: User, changes: dict[str, Any], field: str) -> None:
    home = make_connection(owner=owner)
    make_bot(connection=home, name="Straße")

    with pytest.raises(flows.SettingsError) as refused:
        flows.add_bot(owner, settings=make_settings(connection=home, **changes), by=PRODUCT)

    assert refused.value.field == field
    assert Bot.objects.count() == 1
    assert trail("bot.added") == []


def test_two_people_may_use_the_same_name(owner: User) -> None:
    make_bot(name="Main")

    flows.add_bot(owner, settings=make_settings(connection=make_connection(owner=owner), name="Main"), by=PRODUCT)

    assert Bot.objects.filter(name="Main").count() == 2


def test_a_bot_cannot_be_put_on_somebody_elses_connection(owner: User) -> None:
    foreign = make_connection(owner=make_user())
    mine = make_bot(owner=owner)

    with pytest.raises(flows.SettingsError):
        flows.add_bot(owner, settings=make_settings(connection=foreign), by=PRODUCT)
    with pytest.raises(flows.SettingsError):
        flows.change_bot(mine, settings=make_settings(connection=foreign), by=PRODUCT)

    assert not Bot.objects.on(foreign.pk).exists()


def test_a_bot_cannot_be_put_on_a_deleted_connection(owner: User) -> None:
    gone = make_connection(owner=owner, status="untested", deleted=True)

    with pytest.raises(flows.SettingsError):
        flows.add_bot(owner, settings=make_settings(connection=gone), by=PRODUCT)


def test_settings_can_be_changed_while_the_bot_is_enabled(owner: User) -> None:
    bot = make_bot(owner=owner, state="enabled")

    flows.change_bot(
        bot, settings=make_settings(connection=bot.connection, name=bot.name, risk_level="high"), by=PRODUCT
    )

    bot.refresh_from_db()
    assert (bot.risk_level, bot.state) == ("high", "enabled")
    assert trail("bot.changed") == ["ok"]


def test_a_new_name_is_no_change_of_what_a_bot_decides_by(owner: User) -> None:
    bot = make_bot(owner=owner)

    flows.change_bot(bot, settings=replace(bot.settings, name="Calm"), by=PRODUCT)
    bot.refresh_from_db()
    flows.change_bot(bot, settings=replace(bot.settings, name="Wild", risk_level="high"), by=PRODUCT)

    assert trail("bot.renamed") == ["ok"]
    assert trail("bot.changed") == ["ok"]


def test_an_enabled_bot_cannot_move_to_another_connection(owner: User) -> None:
    bot = make_bot(owner=owner, state="enabled")
    other = make_connection(owner=owner)

    with pytest.raises(flows.StillEnabledError):
        flows.change_bot(bot, settings=make_settings(connection=other), by=PRODUCT)

    assert not Bot.objects.on(other.pk).exists()


def test_a_bot_that_lost_its_connection_moves_to_another_and_is_off_there(owner: User) -> None:
    gone = make_connection(owner=owner, status="untested", deleted=True)
    bot = make_bot(connection=gone, state="halted", halt_reason="connection.deleted")
    other = make_connection(owner=owner)

    flows.change_bot(bot, settings=make_settings(connection=other), by=PRODUCT)

    bot.refresh_from_db()
    assert (bot.connection, bot.state, bot.reason) == (other, "off", None)


def test_changing_a_bot_that_was_deleted_meanwhile_is_refused(owner: User) -> None:
    bot = make_bot(owner=owner)
    stale = Bot.objects.get(pk=bot.pk)
    flows.delete_bot(bot, by=PRODUCT)

    with pytest.raises(flows.BotGoneError):
        flows.change_bot(stale, settings=make_settings(connection=stale.connection), by=PRODUCT)


def test_a_bot_is_enabled_on_a_proven_connection(owner: User) -> None:
    bot = make_bot(owner=owner, state="halted")

    flows.enable_bot(bot, by=PRODUCT)

    bot.refresh_from_db()
    assert (bot.state, bot.halt_reason) == ("enabled", "")
    assert bot.enabled_at is not None
    assert trail("bot.enabled") == ["ok"]


def test_enabling_twice_is_once(owner: User) -> None:
    bot = make_bot(owner=owner)
    flows.enable_bot(bot, by=PRODUCT)
    first = Bot.objects.get().enabled_at

    flows.enable_bot(bot, by=PRODUCT)

    assert Bot.objects.get().enabled_at == first


@pytest.mark.parametrize(
    ("connection", "code"),
    [
        ({"status": "untested"}, "connection.untested"),
        ({"status": "error", "trouble": "right.withdraw"}, "connection.error"),
        ({"passed_at": timezone.now() - timedelta(hours=25)}, "connection.stale"),
        ({"revision": 2, "passed_revision": 1}, "connection.stale"),
        ({"status": "untested", "deleted": True}, "connection.deleted"),
    ],
)
def test_a_connection_that_is_not_proven_refuses_the_bot_with_the_reason(
    owner: User, connection: dict[str, Any], code: str
) -> None:
    bot = make_bot(connection=make_connection(owner=owner, **connection))

    with pytest.raises(flows.RefusedError) as refused:
        flows.enable_bot(bot, by=PRODUCT)

    assert refused.value.code == code
    assert str(refused.value)
    assert Bot.objects.get().state == "off"
    assert trail("bot.enabled") == [code]


def test_a_connection_under_test_refuses_the_bot_until_the_test_has_finished(owner: User) -> None:
    bot = make_bot(owner=owner)
    make_run(connection=bot.connection, state=RunState.RUNNING)

    with pytest.raises(flows.RefusedError, match="being tested"):
        flows.enable_bot(bot, by=PRODUCT)


def test_a_switched_off_account_enables_nothing(owner: User) -> None:
    bot = make_bot(owner=owner)
    owner.is_active = False
    owner.save()

    with pytest.raises(flows.RefusedError) as refused:
        flows.enable_bot(Bot.objects.get(pk=bot.pk), by=PRODUCT)

    assert refused.value.code == "owner.inactive"


def test_a_bot_that_moved_meanwhile_is_not_enabled_by_the_proof_of_its_old_connection(owner: User) -> None:
    bot = make_bot(owner=owner)
    stale = Bot.objects.get(pk=bot.pk)
    unproven = make_connection(owner=owner, status="error")
    flows.change_bot(bot, settings=make_settings(connection=unproven), by=PRODUCT)

    with pytest.raises(flows.RefusedError) as refused:
        flows.enable_bot(stale, by=PRODUCT)

    assert refused.value.code == "bot.changed"
    assert Bot.objects.get().state == "off"


@pytest.mark.parametrize("state", ["off", "enabled", "halted"])
def test_a_bot_is_disabled_from_any_state(owner: User, state: str) -> None:
    bot = make_bot(owner=owner, state=state)

    flows.disable_bot(bot, by=PRODUCT)

    assert Bot.objects.get().state == "off"
    assert trail("bot.disabled") == ["ok"]


def test_a_bot_is_deleted_once_it_is_not_enabled(owner: User) -> None:
    bot = make_bot(owner=owner, state="enabled")

    with pytest.raises(flows.StillEnabledError):
        flows.delete_bot(bot, by=PRODUCT)
    assert trail("bot.deleted") == []
    flows.disable_bot(bot, by=PRODUCT)
    flows.delete_bot(bot, by=PRODUCT)

    assert not Bot.objects.owned_by(owner).exists()
    assert trail("bot.deleted") == ["ok"]


def test_deleting_a_connection_halts_its_bots_and_keeps_them(owner: User) -> None:
    bot = make_bot(owner=owner, state="enabled")

    connection_flows.delete_connection(bot.connection, by=PRODUCT)

    bot = Bot.objects.get(pk=bot.pk)
    assert (bot.state, bot.halt_reason) == ("halted", "connection.deleted")
    assert list(Bot.objects.owned_by(owner)) == [bot]


def test_a_bot_that_could_never_trade_is_not_enabled_and_told_what_would_be_enough(owner: User) -> None:
    """Four orders of 5.25 for each of two groups, in half of the limit: 84."""
    home = make_connection(owner=owner)
    bot = make_bot(connection=home, pairs_json=["BTC/USDT", "ETH/USDT"], margin_limit=Decimal(20))
    make_funds(connection=home, USDT="10000")
    for pair in bot.pairs:
        make_instrument(pair=pair, price="100", min_cost=Decimal(5))

    with pytest.raises(flows.RefusedError, match=r"at least 5\.25 USDT .* limit of 84\.00 USDT would"):
        flows.enable_bot(bot, by=PRODUCT)

    bot.refresh_from_db()
    assert (bot.state, trail("bot.enabled")) == ("off", ["size.below_minimum"])
    Bot.objects.update(margin_limit=Decimal(84))
    flows.enable_bot(bot, by=PRODUCT)
    bot.refresh_from_db()
    assert bot.is_enabled


@pytest.mark.parametrize("known", ["an open group", "an old balance", "no balance", "no rules of a pair"])
def test_what_is_not_known_and_what_holds_coins_is_enabled(owner: User, known: str) -> None:
    home = make_connection(owner=owner)
    bot = make_bot(connection=home, pairs_json=["BTC/USDT", "ETH/USDT"], margin_limit=Decimal(20))
    funds = make_funds(connection=home, USDT="10000")
    make_instrument(price="100", min_cost=Decimal(5))
    make_instrument(pair="ETH/USDT", price="100", min_cost=Decimal(5))
    if known == "an open group":
        make_group(bot=bot)
    elif known == "an old balance":
        Funds.objects.update(read_at=timezone.now() - timedelta(minutes=6))
    elif known == "no balance":
        funds.delete()
    else:
        Instrument.objects.filter(pair="ETH/USDT").update(ruled_at=None)

    flows.enable_bot(bot, by=PRODUCT)

    bot.refresh_from_db()
    assert bot.is_enabled
