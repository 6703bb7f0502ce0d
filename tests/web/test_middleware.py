import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from web.middleware import NoStoreMiddleware, RequestLogMiddleware, client_address


def ask(forwarded: str = "", peer: str = "10.0.0.1"):
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    return RequestFactory(headers=headers, REMOTE_ADDR=peer).get("/")


@pytest.mark.parametrize("forwarded", ["", "1.2.3.4", "1.2.3.4, 5.6.7.8", "<script>"])
def test_without_a_proxy_of_ours_the_header_is_not_believed(settings, forwarded):
    settings.TRUSTED_PROXIES = 0

    assert client_address(ask(forwarded)) == "10.0.0.1"


@pytest.mark.parametrize(
    ("count", "forwarded", "address"),
    [
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_only_what_our_own_proxies_added_counts(settings, count, forwarded, address):
    settings.TRUSTED_PROXIES = count

    assert client_address(ask(forwarded)) == address


def test_a_unix_socket_has_no_address(settings):
    settings.TRUSTED_PROXIES = 0

    assert client_address(ask(peer="")) == ""


def test_no_page_may_be_kept():
    response = NoStoreMiddleware(lambda request: HttpResponse("x"))(ask())

    assert response["Cache-Control"] == "no-store, private"


TOKEN, BOT = "cAnArYtOkEn_-" + "x" * 30, "3ed3ccb2-4522-4d6d-a771-25d8bbb1ec02"


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/connections/?q=planted", "GET /connections/"),
        ("/account/password/reset/key/1-planted/", "GET /account/password/reset/key/…"),
        ("/account/confirm-email/planted/", "GET /account/confirm-email/…"),
        ("/signals/planted/", "GET /signals/…"),
        (f"/SIGNALS/{TOKEN}/", "GET /SIGNALS/…/"),
        (f"/account//undo/{TOKEN}", "GET /account//undo/…"),
        (f"/bots/{BOT}/", f"GET /bots/{BOT}/"),
    ],
)
def test_the_log_names_a_request_without_what_could_be_used_again(path, logged):
    assert RequestLogMiddleware.format_request(RequestFactory().get(path)) == logged
