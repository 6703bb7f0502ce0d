import pytest

from connections.pages.forms import CredentialsForm, RenameForm, find_fault
from exchanges import registry

KUCOIN = registry.get("kucoin")
KEY, SECRET, PASSPHRASE = "a1" * 12, "01234567-89ab-cdef-0123-456789abcdef", "practice-pass-1"
GOOD = {"api_key": KEY, "secret": SECRET, "passphrase": PASSPHRASE}


def fill(**values):
    form = CredentialsForm(GOOD | values, spec=KUCOIN)
    form.is_valid()
    return form


def test_good_credentials_are_taken():
    assert fill().credentials == GOOD


@pytest.mark.parametrize(
    "around",
    [
        *(" {} ", "\n{}\r\n", "\t{}", "\u200b{}\ufeff", "\u00a0{}\u00a0", "\u00ad{}", "{}\u200e", "\u202a{}\u202c"),
        *("\u2060{}\u2009", "\u3000{}\u2028", "\u180e{}\u061c", "\u2800{}", " \u200f \u00ad{} \u200d "),
    ],
)
def test_what_nobody_sees_is_taken_off_at_the_ends(around):
    assert fill(api_key=around.format(KEY)).credentials["api_key"] == KEY


@pytest.mark.parametrize("quotes", ['"{}"', "'{}'", "“{}”", "„{}“", "‘{}’", "«{}»", "`{}`", ' "\u200b{} " '])
@pytest.mark.parametrize("name", ["api_key", "secret"])
def test_quotes_around_a_value_are_taken_off(quotes, name):
    assert fill(**{name: quotes.format(GOOD[name])}).credentials == GOOD


def test_a_passphrase_keeps_the_quotes_that_belong_to_it():
    assert fill(passphrase='"my pass"'.replace(" ", "-")).credentials["passphrase"] == '"my-pass"'


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
@pytest.mark.parametrize("value", ["A" * 64, "not a key", '"' + "a1" * 16 + '"'])
def test_the_same_value_in_two_fields_is_refused_at_once(spec, value):
    form = CredentialsForm({one.name: value for one in spec.credentials}, spec=spec)

    assert not form.is_valid()
    first, second = spec.credentials[0], spec.credentials[1]
    assert form.errors[second.name] == [
        f"You pasted the same value twice: this is what stands in “{first.label}”. The {second.label} is another "
        "value: copy it too."
    ]
    assert value.strip('"') not in str(form.errors)


def test_swapped_key_and_secret_are_recognised():
    form = fill(api_key=SECRET, secret=KEY)

    assert form.errors["api_key"] == ["This looks like the API Secret. The two seem to be swapped."]
    assert form.errors["secret"] == ["This looks like the API Key. The two seem to be swapped."]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (f"{KEY}\n{SECRET}", "line break inside"),
        (f"{KEY[:10]} {KEY[10:]}", "space inside"),
        (KEY[:-1] + "а", "a character inside that no key has"),
        (KEY[:9] + "\u00ad" + KEY[9:], "Copy the API Key again from the exchange’s own page"),
        (KEY[:-1], "does not look like the API Key"),
        (KEY + "ff", "does not look like the API Key"),
        ("a" * 5000, "far too long"),
        ("", "Paste the API Key here"),
        ("\x00" * 24, "Null characters"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(value, words):
    form = fill(api_key=value)

    assert words in form.errors["api_key"][0]
    assert set(form.errors) == {"api_key"}


def test_an_error_never_repeats_the_value():
    form = fill(secret="planted-value")

    assert "planted-value" not in str(form.errors)
    assert "planted-value" not in form.as_p()


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.slug)
def test_every_exchange_asks_for_its_own_fields_without_storing_them_in_the_browser(spec):
    form = CredentialsForm(spec=spec)

    assert [field.name for field in form.credential_fields] == [one.name for one in spec.credentials]
    for field in form.credential_fields:
        assert field.field.widget.attrs["autocomplete"] == "off"
    if "secret" in form.fields and not next(c for c in spec.credentials if c.name == "secret").multiline:
        assert form.fields["secret"].widget.input_type == "password"


def test_a_passphrase_that_fits_everything_recognises_nothing():
    key, passphrase = KUCOIN.credentials[0], KUCOIN.credentials[2]

    assert "does not look like" in find_fault("wrong-value", key, (passphrase,))


@pytest.mark.parametrize(
    "name",
    ["\u200d", "\u3164 \u3164", "\u2800", "\U0001d160" * 30, "\ufb2c" * 60, "a\0b", "a\u202eb", "\x1b[2J", "\ud800"],
)
def test_a_name_that_nobody_could_read_or_store_is_refused(name):
    assert RenameForm({"name": name}).errors["name"]


@pytest.mark.parametrize("name", ["👩\u200d🚀 Main", "Zoë", "主要账户", "a\n b"])
def test_names_of_every_language_are_taken(name):
    assert RenameForm({"name": name}).is_valid()
