"""An account of an exchange has one live connection: the second is refused, and the first hears of it."""

from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, User
from connections.check import settle
from connections.models import Connection
from tests.connections.practising import add, add_tryout, check_again, codes, work

if TYPE_CHECKING:
    from tests.practice.rig import Rig

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.usefixtures("heard", "published")]


@pytest.fixture
def live(rig: "Rig", settings: Settings) -> "Rig":
    """Lead the live roads of KuCoin and MEXC, which tells no account with its rights, to the practice exchange."""
    settings.EXCHANGE_URLS = {slug: f"{rig.base}/{slug}" for slug in ("kucoin", "mexc")}
    return rig


def connect(rig: "Rig", owner: User | None = None, *, exchange: str = "kucoin") -> Connection:
    return add(owner, rig.tryout(exchange, "good"), exchange=exchange, venue="live")


@pytest.mark.parametrize("exchange", ["kucoin", "mexc"])
def test_the_second_trader_is_refused_and_the_first_is_told(live: "Rig", exchange: str) -> None:
    first, second = connect(live, exchange=exchange), connect(live, exchange=exchange)
    work(first)

    run = work(second)

    first.refresh_from_db()
    assert (first.status, second.status, second.account_uid) == ("online", "error", "")
    assert (run.verdict, codes(run)[0]) == ("error", "account.taken")
    assert first.claimed_at is not None
    told = AuditEvent.objects.get(action="connection.claimed")
    assert told.target == f"connection:{first.public_id}"
    assert first.name not in str(run.findings_json)
    assert first.owner.email not in str(run.findings_json)


def test_a_traders_own_second_connection_is_refused_with_the_name_of_the_first(live: "Rig") -> None:
    first = connect(live)
    work(first)
    second = add(
        first.owner, live.tryout("kucoin", "no_ip_list"), exchange="kucoin", venue="live", name="Another key of it"
    )

    run = work(second)

    first.refresh_from_db()
    assert (codes(run)[0], first.claimed_at) == ("account.twice", None)
    assert first.name in run.findings_json[0]["text"]


def test_a_deleted_connection_lets_go_of_its_account(live: "Rig") -> None:
    first, second = connect(live), connect(live)
    work(first)
    Connection.objects.filter(pk=first.pk).update(status="untested", deleted_at=timezone.now(), account_uid="")

    assert work(second).verdict == "online"


def test_the_same_account_may_trade_spot_and_futures(live: "Rig") -> None:
    spot = connect(live)
    work(spot)

    futures = add(spot.owner, live.tryout("kucoin", "futures"), exchange="kucoin", venue="live", market="futures")
    assert work(futures).verdict == "online"


def test_another_trader_gets_no_account_of_somebody_by_its_other_market(live: "Rig") -> None:
    spot = connect(live)
    work(spot)
    futures = add(None, live.tryout("kucoin", "futures"), exchange="kucoin", venue="live", market="futures")

    assert codes(work(futures))[0] == "account.taken"
    assert check_again(spot).verdict == "online"


def test_practice_accounts_are_everybodys(rig: "Rig") -> None:
    assert [work(add_tryout(rig)).verdict for _ in range(2)] == ["online", "online"]


def test_a_check_that_another_overtakes_at_its_end_finds_the_other(
    live: "Rig", monkeypatch: pytest.MonkeyPatch
) -> None:
    spot = connect(live)
    futures = add(None, live.tryout("kucoin", "futures"), exchange="kucoin", venue="live", market="futures")
    settled = settle.settle

    def overtaken(*args: Any) -> None:
        monkeypatch.setattr(settle, "settle", settled)
        work(spot)
        settled(*args)

    monkeypatch.setattr(settle, "settle", overtaken)
    run = work(futures)

    spot.refresh_from_db()
    assert (spot.status, futures.status, futures.account_uid) == ("online", "error", "")
    assert codes(run)[0] == "account.taken"
    assert spot.claimed_at is not None


def test_the_database_takes_no_second_connection_of_an_account_and_market(live: "Rig") -> None:
    first, second = connect(live), connect(live)
    work(first)

    with pytest.raises(IntegrityError):
        Connection.objects.filter(pk=second.pk).update(account_uid=first.account_uid)
