"""Mails are written with what they tell, and sent by a worker: late rather than never."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from unittest import mock

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.mails import outbox, post
from accounts.models import OutgoingMail
from tests.accounts.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_wait")]
EMAIL = "ada@example.test"
RESET = "/account/password/reset/"


def write(**changes):
    outbox.write("test", **{"to": EMAIL, "subject": "Hello", "text": "The link is https://x.test/secret"} | changes)
    return OutgoingMail.objects.latest("pk")


@pytest.fixture
def server(monkeypatch):
    sent = mock.Mock(return_value=1)
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda self: sent(self))
    return sent


def make_due(mail, **ago):
    OutgoingMail.objects.filter(pk=mail.pk).update(due_at=timezone.now() - timedelta(**(ago or {"seconds": 1})))


def test_a_mail_is_sealed_until_it_is_sent_and_gone_after_it(mailoutbox):
    mail = write()
    assert "secret" not in str(OutgoingMail.objects.values())

    post.send(mail.pk)

    assert mailoutbox[0].body == "The link is https://x.test/secret"
    assert '<a href="https://x.test/secret"' in mailoutbox[0].alternatives[0][0]
    assert str(mail.public_id) in mailoutbox[0].extra_headers["Message-ID"]
    assert not OutgoingMail.objects.exists()


def test_what_is_undone_is_not_mailed():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("error", [SMTPServerDisconnected("secret"), TimeoutError(), ConnectionRefusedError()])
def test_a_server_that_fails_is_asked_again_later_and_later(server, error):
    server.side_effect = error
    mail = write()
    rests = []
    for _ in range(4):
        make_due(mail)
        post.send(mail.pk)
        mail.refresh_from_db()
        rests.append(round((mail.due_at - timezone.now()).total_seconds(), -1))

    assert rests == [10, 20, 40, 80]
    assert mail.trouble == type(error).__name__


def test_what_nobody_needs_any_more_is_given_up_without_its_text(server):
    mail = write()
    OutgoingMail.objects.update(expires_at=timezone.now())

    post.send(mail.pk)

    mail.refresh_from_db()
    assert (mail.state, mail.sealed) == ("dead", "")
    assert not server.called


def test_the_dead_are_kept_for_a_month():
    write()
    OutgoingMail.objects.update(state="dead")

    post.forget_dead(timezone.now())
    assert OutgoingMail.objects.exists()
    post.forget_dead(timezone.now() + timedelta(days=31))
    assert not OutgoingMail.objects.exists()


def test_a_worker_that_dies_after_sending_sends_again_under_the_same_id(server):
    mail = write()
    with mock.patch.object(OutgoingMail, "delete", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        post.send(mail.pk)
    post.send(mail.pk)
    assert server.call_count == 1  # leased: another worker leaves it alone

    make_due(mail)
    post.send(mail.pk)

    first, second = (call.args[0].extra_headers["Message-ID"] for call in server.call_args_list)
    assert first == second
    assert not OutgoingMail.objects.exists()


def test_a_tampered_mail_is_not_sent(server):
    mail, other = write(), write()
    OutgoingMail.objects.filter(pk=mail.pk).update(sealed=other.sealed)

    post.send(mail.pk)

    mail.refresh_from_db()
    assert not server.called
    assert mail.trouble == "SealBrokenError"


def test_all_that_is_due_is_sent(mailoutbox):
    for _ in range(3):
        write()

    post.DUE.work()

    assert len(mailoutbox) == 3


def test_a_page_does_not_wait_for_the_mail_server(server):
    make_user(email=EMAIL, password=PASSWORD)

    answer = Client().post(RESET, {"email": EMAIL})

    assert answer.status_code == 302
    assert not server.called
    assert OutgoingMail.objects.get().kind == "account/email/password_reset_key"


def test_links_in_mails_lead_to_us_whatever_host_was_asked(mailoutbox, settings):
    make_user(email=EMAIL, password=PASSWORD)

    Client().post(RESET, {"email": EMAIL}, HTTP_HOST="127.0.0.1:1337")
    Client().post(RESET, {"email": "bob@example.test"}, HTTP_HOST="127.0.0.1:1337")
    post.DUE.work()

    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        assert settings.PUBLIC_URL + "/account/" in mail.body
        assert "1337" not in mail.body
