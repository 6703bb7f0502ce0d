import pytest

from connections.secrets import mails, opened_mails, vault


@pytest.mark.django_db
def test_what_a_mail_says_opens_for_that_mail_alone():
    sealed = mails.seal_mail("one", {"text": "a link"})

    assert "link" not in sealed
    assert opened_mails.open_mail("one", sealed) == {"text": "a link"}
    with pytest.raises(vault.SealBrokenError):
        opened_mails.open_mail("other", sealed)
