import pytest
from django.test import RequestFactory

from accounts.by import signed_in_lately
from tests.accounts.factories import make_user, sign_in

pytestmark = pytest.mark.django_db


def request_of(client, user):
    request = RequestFactory().get("/x/")
    request.session, request.user = client.session, user
    return request


@pytest.mark.parametrize(("age", "is_recent"), [(0, True), (29 * 60, True), (31 * 60, False), (-3600, False)])
def test_half_an_hour_counts_as_recent(client, age, is_recent):
    user = make_user()
    sign_in(client, user, age=age)

    assert signed_in_lately(request_of(client, user)) is is_recent


def test_the_records_of_another_user_do_not_count(client):
    sign_in(client, make_user())

    assert not signed_in_lately(request_of(client, make_user()))


def test_a_session_without_records_is_not_recent(client):
    user = make_user()
    client.force_login(user)

    assert not signed_in_lately(request_of(client, user))
