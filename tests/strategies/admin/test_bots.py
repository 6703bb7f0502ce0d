import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from strategies.models import Bot
from tests.accounts.factories import make_user, sign_in
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    return sign_in(client, make_user(is_staff=True))


def test_an_operator_finds_bots_by_owner_and_state(operator: Client) -> None:
    bot, other = make_bot(name="Wanted", state="enabled"), make_bot(name="Unwanted one")

    found = operator.get(reverse("admin:strategies_bot_changelist"), {"q": bot.connection.owner.email})
    filtered = operator.get(reverse("admin:strategies_bot_changelist"), {"state__exact": "off"})

    assert "Wanted" in found.text
    assert other.name not in found.text
    assert other.name in filtered.text
    assert bot.connection.owner.email not in filtered.text


def test_an_operator_looks_at_a_bot_and_cannot_change_it(operator: Client) -> None:
    bot = make_bot()
    page = reverse("admin:strategies_bot_change", args=[bot.pk])

    shown = operator.get(page)
    changed = operator.post(page, {"state": "enabled", "name": "x"})

    assert bot.name in shown.text
    assert '<input type="text"' not in shown.text
    assert changed.status_code == 403
    assert Bot.objects.get().state == "off"


@pytest.mark.parametrize("name", ["add", "delete"])
def test_an_operator_neither_adds_nor_deletes_bots(operator: Client, name: str) -> None:
    bot = make_bot()
    url = reverse(f"admin:strategies_bot_{name}", args=[] if name == "add" else [bot.pk])

    assert operator.post(url, {"post": "yes"}).status_code == 403
    assert Bot.objects.count() == 1


def test_the_list_takes_few_queries(operator: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(30):
        make_bot()

    with django_assert_max_num_queries(12):
        assert operator.get(reverse("admin:strategies_bot_changelist")).status_code == 200
