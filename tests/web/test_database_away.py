"""A database that is away ends in a page that says so."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from tests.accounts.factories import make_user, sign_in


def away(*call: Any) -> Any:
    raise OperationalError("canary: server closed the connection")


@pytest.mark.django_db
def test_a_page_says_that_the_database_is_away(client: Client) -> None:
    sign_in(client, make_user())
    client.raise_request_exception = False

    with connection.execute_wrapper(away):
        response = client.get(reverse("connections"))

    assert response.status_code == 503
    assert "The database is not answering" in response.content.decode()
    assert "canary" not in response.content.decode()
