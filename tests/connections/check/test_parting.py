"""A key that can withdraw is not kept; one that was good before gives its trader a day while groups are open."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.by import PRODUCT
from accounts.models import AuditEvent
from connections import errors, flows
from connections.check import settle
from connections.check.findings import finding
from connections.check.verdict import Judgement, Verdict
from connections.models import CheckRun, Connection, Trigger
from connections.secrets import opening, vault
from tests.accounts.factories import make_user, sign_in
from tests.connections.factories import make_connection, make_run, make_secret

pytestmark = [pytest.mark.django_db, pytest.mark.services]
CAN_WITHDRAW = Judgement(verdict=Verdict.ERROR, findings=(finding("right.withdraw", "It can withdraw.", "Untick it."),))
LACKS = Judgement(verdict=Verdict.ERROR, findings=(finding("right.trade_missing", "It cannot trade.", "Tick it."),))
UNFINISHED = Judgement(verdict=Verdict.TEMPORARY, findings=(finding("reach.unfinished", "No answer.", "Wait."),))
ANSWERS = {"needed": True}


def needs(connection: Connection) -> bool:
    return ANSWERS["needed"]


@pytest.fixture(autouse=True)
def needed(settings: Settings) -> None:
    settings.KEY_NEEDED_BY = ("tests.connections.check.test_parting.needs",)
    ANSWERS["needed"] = True


def end(connection: Connection, judgement: Judgement, **fields: Any) -> CheckRun:
    run = make_run(connection=connection, state="running", trigger=Trigger.USER, **fields)
    settle.settle(run, None, judgement)
    connection.refresh_from_db()
    return run


def destroyed() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.filter(action="secret.destroyed").values_list("target", "outcome"))


def assert_told_once(client: Client, connection: Connection, fate: str) -> str:
    """Return the page: one note says what was found and what became of the key, and the list says the same."""
    page, listed = (
        client.get(url).content.decode() for url in (f"/connections/{connection.public_id}/", "/connections/")
    )
    notes = [note.partition("</div>")[0] for note in page.split('class="note ')[1:]]
    assert [("It can withdraw." in note, fate in note) for note in notes] == [(True, True)]
    assert "Untick it." not in page
    assert (listed.count("It can withdraw."), listed.count(fate)) == (1, 1)
    return page


def test_a_first_key_that_can_withdraw_is_destroyed_and_its_finding_stays() -> None:
    connection = make_connection(owner=make_user(), status="untested")

    run = end(connection, CAN_WITHDRAW)

    assert not connection.secrets.exists()
    assert (connection.status, connection.trouble, connection.next_check_at) == ("error", "right.withdraw", None)
    assert connection.shown_run == run
    assert destroyed() == [(f"connection:{connection.public_id}", "right.withdraw")]


@pytest.mark.parametrize("judgement", [LACKS, UNFINISHED])
def test_a_key_with_another_fault_is_kept(judgement: Judgement) -> None:
    connection = make_connection(owner=make_user(), status="untested")

    end(connection, judgement)

    assert connection.secrets.exists()
    assert destroyed() == []


def test_a_replacement_that_can_withdraw_is_destroyed_and_the_key_in_use_stays(client: Client) -> None:
    connection = make_connection(owner=make_user())
    make_secret(connection=connection, api_key="n" * 24, revision=2)

    end(connection, CAN_WITHDRAW, revision=2)

    assert [one.revision for one in connection.secrets.all()] == [1]
    assert connection.status == "online"
    sign_in(client, connection.owner)
    page = client.get(reverse("connection_detail", args=[connection.public_id])).content.decode()
    assert "The new key could withdraw, so we destroyed it" in page


def test_a_good_key_that_can_withdraw_later_is_destroyed_at_once_where_nothing_is_open() -> None:
    ANSWERS["needed"] = False
    connection = make_connection(owner=make_user())

    end(connection, CAN_WITHDRAW)

    assert not connection.secrets.exists()


def test_with_groups_open_it_is_kept_for_a_day_and_trades_nothing(client: Client) -> None:
    connection = make_connection(owner=make_user())
    before = timezone.now()

    end(connection, CAN_WITHDRAW)
    first = connection.key_ends_at
    end(connection, CAN_WITHDRAW)

    assert first is not None
    assert timedelta(hours=23, minutes=59) < first - before <= timedelta(hours=24, seconds=5)
    assert connection.key_ends_at == first
    assert not connection.has_proof(timezone.now())
    sign_in(client, connection.owner)
    assert_told_once(client, connection, "We keep our copy of this key until")

    settle.end_keys(first - timedelta(minutes=1))
    assert connection.secrets.exists()
    settle.end_keys(first)
    assert not connection.secrets.exists()
    connection.refresh_from_db()
    assert connection.key_ends_at is None


def test_it_ends_earlier_when_nothing_is_open_any_more() -> None:
    connection = make_connection(owner=make_user())
    end(connection, CAN_WITHDRAW)
    ANSWERS["needed"] = False

    settle.end_keys(timezone.now())

    assert not connection.secrets.exists()


def test_a_key_that_passed_meanwhile_is_not_destroyed(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = make_connection(owner=make_user(), key_ends_at=timezone.now())
    select = type(Connection.objects.all()).select_for_update

    def passes(rows: Any, **how: Any) -> Any:
        Connection.objects.update(key_ends_at=None)
        return select(rows, **how)

    monkeypatch.setattr(type(Connection.objects.all()), "select_for_update", passes)
    settle.end_keys(timezone.now())

    assert connection.secrets.exists()


def test_without_a_key_nothing_is_asked_and_the_page_offers_one_step(client: Client) -> None:
    connection = make_connection(owner=make_user(), status="untested")
    end(connection, CAN_WITHDRAW)

    for trigger in (Trigger.USER, Trigger.SCHEDULE):
        with pytest.raises(errors.NoKeyError):
            flows.start_check(connection, trigger=trigger, by=PRODUCT)
    with pytest.raises(vault.SecretGoneError):
        opening.open_key(connection, 1, purpose="user")
    assert flows.start_checks(Connection.objects.owned_by(connection.owner), by=PRODUCT).count == 0

    sign_in(client, connection.owner)
    page = assert_told_once(client, connection, "We destroyed our copy of this key")
    assert f"/connections/{connection.public_id}/test/" not in page
    listed = client.get(reverse("connections")).content.decode()
    assert f"/connections/{connection.public_id}/test/" not in listed
    assert f"/connections/{connection.public_id}/replace/" in listed


def test_a_key_that_was_destroyed_for_another_reason_is_not_said_to_withdraw(client: Client) -> None:
    connection = make_connection(owner=make_user())
    end(connection, LACKS)
    flows.take_back(connection, destroys_key=True, by=PRODUCT)

    sign_in(client, connection.owner)
    page = client.get(f"/connections/{connection.public_id}/").content.decode()

    assert "There is no key any more" in page
    assert "could withdraw" not in page


def test_a_new_key_takes_its_place() -> None:
    connection = make_connection(owner=make_user(), status="untested")
    end(connection, CAN_WITHDRAW)

    run = flows.replace_secret(connection, credentials={"api_key": "a" * 24, "secret": "b"}, by=PRODUCT)

    assert run.revision == 2
    assert [one.revision for one in connection.secrets.all()] == [2]
