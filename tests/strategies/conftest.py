import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.factories import make_user, sign_in


@pytest.fixture
def trader(db: None) -> User:
    return make_user()


@pytest.fixture
def signed_in(client: Client, trader: User) -> Client:
    """Return a client that the trader has just signed in with."""
    return sign_in(client, trader)
