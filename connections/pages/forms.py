"""Forms that take keys in: they strip, explain what is wrong per field, and never show a value again."""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections.models import Connection, MarketKind, Venue
from exchanges.spec import Credential, ExchangeSpec

LONGEST = 4096
FAR_TOO_LONG = _("This is far too long: copy this one value alone.")
# Copying from a web page, a chat or a mail brings these along at the ends: controls, marks (soft hyphen, direction,
# byte order, zero width), spaces of every kind.
INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "”": "”", "‘": "’", "’": "’", "«": "»", "‹": "›"}
# They turn text around, so that a name could pretend to be another one.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# They are letters or signs to Unicode, and nothing to the eye; joined emoji need the first.
BLANK = frozenset("\u200d\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0 ")


class NeverShown(forms.Widget):
    """Leave the value out of the page, whatever was typed: a refused form asks for it again."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        return super().render(name, None, attrs, renderer)


class KeyInput(NeverShown, forms.TextInput):
    pass


class SecretInput(NeverShown, forms.PasswordInput):
    pass


class SecretLines(NeverShown, forms.Textarea):
    pass


def trim(value: str) -> str:
    """Take off what nobody sees at the ends."""
    seen = [index for index, char in enumerate(value) if not (unicodedata.category(char) in INVISIBLE or char in BLANK)]
    return value[seen[0] : seen[-1] + 1] if seen else ""


def read_credential(value: str, credential: Credential) -> str:
    """Return a pasted value in its one form, without quotes unless they belong to it: a passphrase may have any."""
    bare = credential.normalise(value)
    is_quoted = len(value) > 1 and QUOTES.get(value[0]) == value[-1]
    is_bare = re.fullmatch(credential.pattern, bare) or not is_quoted
    return bare if is_bare else credential.normalise(trim(value[1:-1]))


def find_fault(value: str, credential: Credential, others: tuple[Credential, ...]) -> str:
    """Say what is wrong with a credential, or ""; the value itself is never part of the answer."""
    if not credential.multiline and re.search(r"[\r\n]", value):
        return gettext("There is a line break inside. Copy this one value again, without what stands around it.")
    if not credential.multiline and re.search(r"\s", value):
        return gettext("There is a space inside. Copy the value again.")
    if not value.isascii():
        return gettext(
            "There is a character inside that no key has, perhaps from a translation or an auto-correction. Copy the "
            "%(label)s again from the exchange’s own page, by its copy button."
        ) % {"label": credential.label}
    if re.fullmatch(credential.pattern, value):
        return ""
    for other in _recognisable(others):
        if re.fullmatch(other.pattern, value):
            return _swapped(other)
    return _wrong(credential)


def _wrong(credential: Credential) -> str:
    known = {"label": credential.label, "hint": gettext(credential.hint) if credential.hint else ""}
    return gettext("This does not look like the %(label)s. %(hint)s") % known


def _recognisable(others: tuple[Credential, ...]) -> tuple[Credential, ...]:
    # A pattern that fits nearly everything (a passphrase) recognises nothing.
    return tuple(one for one in others if one.name != "passphrase")


def _swapped(other: Credential) -> str:
    return gettext("This looks like the %(label)s. The two seem to be swapped.") % {"label": other.label}


def _widget(credential: Credential, others: tuple[Credential, ...]) -> forms.Widget:
    """Make the input; app.js reads the data- attributes to say at once what the server would say."""
    attrs = {
        "autocomplete": "off",
        "autocapitalize": "none",
        "spellcheck": "false",
        "class": "mono",
        "data-pattern": credential.pattern,
        "data-wrong": _wrong(credential),
    }
    for other in _recognisable(others):
        attrs |= {"data-other": other.pattern, "data-swapped": _swapped(other)}
    if credential.multiline:
        del attrs["data-pattern"], attrs["data-wrong"]
        return SecretLines(attrs=attrs | {"rows": "5"})
    kind = KeyInput if credential.name == "api_key" else SecretInput
    return kind(attrs=attrs | ({"placeholder": credential.example} if credential.example else {}))


def _others(spec: ExchangeSpec, credential: Credential) -> tuple[Credential, ...]:
    return tuple(one for one in spec.credentials if one is not credential)


class CredentialsForm(forms.Form):
    """The fields of an exchange's key; `credentials` is what a flow takes."""

    def __init__(self, *args: Any, spec: ExchangeSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        for credential in spec.credentials:
            self.fields[credential.name] = forms.CharField(
                label=credential.label,
                help_text=gettext(credential.hint) if credential.hint else "",
                widget=_widget(credential, _others(spec, credential)),
                strip=False,
                error_messages={"required": gettext("Paste the %(label)s here.") % {"label": credential.label}},
            )

    @property
    def credentials(self) -> dict[str, str]:
        return {one.name: self.cleaned_data[one.name] for one in self.spec.credentials}

    @property
    def credential_fields(self) -> list[forms.BoundField]:
        return [self[one.name] for one in self.spec.credentials]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first: dict[str, Credential] = {}
        for credential in self.spec.credentials:
            if credential.name in cleaned:
                self._clean_one(cleaned, credential, first)
        return cleaned

    def _clean_one(self, cleaned: dict[str, Any], credential: Credential, first: dict[str, Credential]) -> None:
        """Check one value; `first` are those of the fields before it, by value and as they were pasted."""
        pasted = value = trim(cleaned[credential.name])
        fault = str(FAR_TOO_LONG)
        if len(value) <= LONGEST:
            value = read_credential(pasted, credential)
            fault = find_fault(value, credential, _others(self.spec, credential))
        # A whole file may stand in two fields, where each reads its own part of it.
        if same := first.get(value) or (first.get(pasted) if fault else None):
            fault = gettext(
                "You pasted the same value twice: this is what stands in “%(same)s”. The %(label)s is another value: "
                "copy it too."
            ) % {"same": same.label, "label": credential.label}
        first |= {value: credential, pasted: credential}
        if fault:
            self.add_error(credential.name, fault)
        else:
            cleaned[credential.name] = value


def clean_name(value: str) -> str:
    """Return a name in one line of visible characters; raises ValidationError."""
    value = unicodedata.normalize("NFC", " ".join(value.split()))
    if any(unicodedata.category(char)[0] == "C" and char != "\u200d" for char in value) or TURNING & set(value):
        raise forms.ValidationError(_("The name contains invisible characters. Type it instead of pasting it."))
    if not set(value) - BLANK:
        raise forms.ValidationError(_("The name has no visible character."))
    return value


class NameField(forms.CharField):
    """A connection's name; visible characters only."""

    def __init__(self, **kwargs: Any) -> None:
        longest = Connection._meta.get_field("name").max_length
        widget = forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(label=_("Name"), max_length=longest, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        name = clean_name(super().clean(value))
        # Again: normalising can lengthen a name threefold.
        self.run_validators(name)
        return name


class AddForm(CredentialsForm):
    name = NameField(help_text=_("So that you know it again among others; you can change it later."))
    market = forms.ChoiceField(choices=MarketKind.choices, widget=forms.HiddenInput)
    venue = forms.ChoiceField(choices=Venue.choices, widget=forms.HiddenInput)

    def clean_market(self) -> str:
        market: str = self.cleaned_data["market"]
        if market not in self.spec.markets:
            raise forms.ValidationError(
                gettext("We do not support this market of %(exchange)s.") % {"exchange": self.spec.name}
            )
        return market


class RenameForm(forms.Form):
    name = NameField()
