import pytest
from django.test import RequestFactory
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from tests.accounts.factories import make_user, sign_in

pytestmark = pytest.mark.django_db


def test_the_page_says_that_its_answer_depends_on_htmx(client):
    sign_in(client, make_user())

    assert "HX-Request" in client.get(reverse("connections"))["Vary"]


@pytest.mark.parametrize("name", ["connections", "account_page", "connection_add"])
def test_pages_hold_nothing_inline_and_mark_where_one_is(client, name):
    sign_in(client, make_user())

    html = client.get(reverse(name)).content.decode()

    for forbidden in (" style=", "<style", "<script>", " onclick=", "hx-on", "javascript:"):
        assert forbidden not in html
    assert 'aria-current="page"' in html
    assert 'href="#main"' in html


def test_a_plain_request_is_no_htmx_request():
    assert not HtmxDetails(RequestFactory().get("/"))
