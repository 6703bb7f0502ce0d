import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.adapter import AccountAdapter
from tests.accounts.factories import PASSWORD


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaaa",
        "123456789012345",
        "987654321098765",
        "112233445566778899",
        "password1234567",
        "PassWord1234567!",
        "qwertyuiopasdfgh",
        "abcdefghijklmnop",
        "passwordpassword",
        "iloveyouiloveyou",
        "abcabcabcabcabcabc",
        "dragon monkey sunshine",
        "backfuture12345",
        "!!!!!!!!!!!!!!!!!!!!",
    ],
)
def test_long_and_common_is_refused(password):
    with pytest.raises(ValidationError) as refused:
        validate_password(password)

    assert "password_too_simple" in {error.code for error in refused.value.error_list}


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery staple",
        "kV7#pq9Lz2!wXe4",
        "five other words do too",
        "né à l'été 1987 à Brest",
        "w" + "xkq7 " * 20,
    ],
)
def test_varied_is_taken(password):
    validate_password(password)


@pytest.mark.parametrize("password", ["password", "12345", "aaaaaaaaaaaaaaaaaa"])
def test_a_bad_password_is_told_one_thing_at_a_time(password):
    with pytest.raises(ValidationError) as refused:
        AccountAdapter().clean_password(password)

    assert len(refused.value.messages) == 1
