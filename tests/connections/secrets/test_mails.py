import pytest

from accounts.mails import outbox
from accounts.models import OutgoingMail
from connections.secrets import mails, opened_mails, opening, vault


@pytest.mark.django_db
def test_what_a_mail_says_opens_for_that_mail_alone():
    sealed = mails.seal_mail("one", {"text": "a link"})

    assert "link" not in sealed
    assert opened_mails.open_mail("one", sealed) == {"text": "a link"}
    with pytest.raises(vault.SealBrokenError):
        opened_mails.open_mail("other", sealed)


@pytest.mark.django_db
@pytest.mark.usefixtures("mails_wait")
def test_a_key_is_used_for_as_long_as_a_mail_waits_under_it():
    assert mails.key_ids() == set()
    outbox.write("test", to="ada@example.test", subject="Hello", text="a link")

    assert mails.key_ids() == set(opening.opener().ring)

    OutgoingMail.objects.update(sealed="")
    assert mails.key_ids() == set()
