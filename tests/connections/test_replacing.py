from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from accounts.by import PRODUCT
from connections import flows
from connections.models import Connection, Secret, Status, Trigger
from tests.connections.practising import add_tryout, check_again, codes, online, only_credentials, work

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("heard")]


def test_a_candidate_that_passes_takes_the_old_keys_place_and_the_old_is_destroyed(rig: "Rig") -> None:
    connection = online(rig)
    old = connection.secrets.get()
    flows.replace_secret(connection, credentials=only_credentials(rig.tryout("kucoin", "futures")), by=PRODUCT)

    run = work(connection)

    assert run.verdict == "online"
    assert (connection.revision, connection.passed_revision, connection.status) == (2, 2, Status.ONLINE)
    assert not Secret.objects.filter(pk=old.pk).exists()
    assert connection.key_hint == rig.tryout("kucoin", "futures")["api_key"][-4:]
    assert connection.candidate is None


@pytest.mark.parametrize(
    ("exchange", "case", "code"),
    [
        ("kucoin", "other_account", "account.other"),
        ("mexc", "other_account", "account.other"),
        ("kucoin", "withdraw", "right.withdraw"),
        ("kucoin", "wrong_passphrase", "key.passphrase_wrong"),
        ("mexc", "garbage", "reach.unreadable"),
    ],
)
def test_a_candidate_that_does_not_pass_leaves_the_old_key_and_its_pass(
    rig: "Rig", heard: list[Any], exchange: str, case: str, code: str
) -> None:
    connection = online(rig, exchange=exchange)
    before = Connection.objects.values("status", "revision", "passed_at", "trouble", "shown_run").get(pk=connection.pk)
    flows.replace_secret(connection, credentials=only_credentials(rig.tryout(exchange, case)), by=PRODUCT)

    run = work(connection)

    assert codes(run)[0] == code
    after = Connection.objects.values("status", "revision", "passed_at", "trouble", "shown_run").get(pk=connection.pk)
    assert after == before
    assert connection.is_proven(timezone.now())
    # One that can withdraw is not kept, only what was found.
    assert connection.candidate_run == (None if code == "right.withdraw" else run)
    assert heard == []


def test_a_candidate_whose_account_is_not_told_today_waits_for_another_test(rig: "Rig") -> None:
    connection = online(rig, exchange="mexc")
    keys = rig.tryout("mexc", "futures")
    rig.fault("503", slug="mexc", api_key=keys["api_key"], path="/api/v3/uid", count=1)
    flows.replace_secret(connection, credentials=only_credentials(keys), by=PRODUCT)

    first = work(connection)
    second = check_again(connection, Trigger.USER)

    assert (codes(first), first.verdict) == (["account.unproven"], "temporary")
    assert (second.verdict, connection.revision) == ("online", 2)


def test_a_first_key_that_never_passed_may_be_replaced_by_one_of_any_account(rig: "Rig") -> None:
    connection = add_tryout(rig, "wrong_secret")
    work(connection)
    flows.replace_secret(connection, credentials=only_credentials(rig.tryout("kucoin", "other_account")), by=PRODUCT)

    work(connection)

    assert (connection.status, connection.revision, connection.trouble) == (Status.ONLINE, 2, "")


def test_the_key_in_use_is_still_checked_while_a_candidate_waits(rig: "Rig") -> None:
    connection = online(rig)
    flows.replace_secret(connection, credentials=only_credentials(rig.tryout("kucoin", "wrong_passphrase")), by=PRODUCT)
    work(connection)

    run = check_again(connection)

    assert (run.revision, run.verdict, connection.status) == (1, "online", Status.ONLINE)
    assert connection.candidate is not None
