"""An account changes only together with the event that tells it."""

from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, User, WebSession
from tests.accounts.factories import PASSWORD, add_totp, make_user, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]
EMAIL, NEW = "ada@example.test", "five other words do too"


REFUSE = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
BREAK = {
    "postgresql": "ALTER TABLE accounts_auditevent ADD CONSTRAINT broken CHECK (id < 0) NOT VALID",
    "sqlite": f"CREATE TRIGGER broken BEFORE INSERT ON accounts_auditevent {REFUSE}",
}
MEND = {
    "postgresql": "ALTER TABLE accounts_auditevent DROP CONSTRAINT IF EXISTS broken",
    "sqlite": "DROP TRIGGER IF EXISTS broken",
}


@pytest.fixture
def break_the_trail(transactional_db: None) -> Iterator[Callable[[], None]]:
    """Return what lets the database refuse every new event, as a full disk or a lost right would.

    What is not in a transaction of its own is committed here as it is in the product, and a fault must not undo it.
    """

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    yield lambda: run(BREAK[connection.vendor])
    run(MEND[connection.vendor])


def state() -> tuple[object, ...]:
    return (
        sorted(User.objects.values_list("email", "password", "last_login")),
        sorted(EmailAddress.objects.values_list("email", "primary", "verified")),
        sorted(Authenticator.objects.values_list("type", "created_at")),
        WebSession.objects.count(),
        AuditEvent.objects.count(),
    )


def sign_up(client: Client) -> int:
    return client.post("/account/signup/", {"email": "bob@example.test", "password1": PASSWORD}).status_code


def change_the_password(client: Client) -> int:
    words = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return client.post("/account/password/change/", words).status_code


def remove_an_address(client: Client) -> int:
    return client.post("/account/email/", {"email": "old@example.test", "action_remove": ""}).status_code


def sign_out(client: Client) -> int:
    return client.post("/account/logout/").status_code


def sign_in_wrongly(client: Client) -> int:
    return Client(raise_request_exception=False).post("/account/login/", {"login": EMAIL, "password": "no"}).status_code


def sign_in_rightly(client: Client) -> int:
    person = Client(raise_request_exception=False)
    return person.post("/account/login/", {"login": EMAIL, "password": PASSWORD}).status_code


def make_new_codes(client: Client) -> int:
    return client.post("/account/2fa/recovery-codes/generate/").status_code


def confirm_it(client: Client) -> int:
    return client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code


ACTS = (
    confirm_it,
    make_new_codes,
    sign_up,
    change_the_password,
    remove_an_address,
    sign_out,
    sign_in_wrongly,
    sign_in_rightly,
)


@pytest.fixture
def ada() -> Client:
    user = make_user(email=EMAIL, password=PASSWORD)
    EmailAddress.objects.create(user=user, email="old@example.test", verified=True, primary=False)
    return sign_in(Client(raise_request_exception=False), user)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_what_cannot_be_told_does_not_happen(
    break_the_trail: Callable[[], None], ada: Client, act: Callable[[Client], int]
) -> None:
    person = Client(raise_request_exception=False) if act is sign_up else ada
    if act is make_new_codes:
        add_totp(User.objects.get(email=EMAIL))
    before = state()
    break_the_trail()

    assert act(person) >= 500

    assert state() == before


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_it_happens_where_it_can_be_told(ada: Client, act: Callable[[Client], int]) -> None:
    person = Client() if act is sign_up else ada
    if act is make_new_codes:
        add_totp(User.objects.get(email=EMAIL))
    before = AuditEvent.objects.count()

    assert act(person) < 500

    assert AuditEvent.objects.count() > before
