"""Forms of channels and quiet hours: what is pasted to open a channel is never shown again."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging import words
from messaging.services import Service


class ChannelForm(forms.Form):
    """One field for each part of a service; `told` is what is kept of them."""

    def __init__(self, service: Service, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.service = service
        for part in service.parts:
            hidden = {"autocomplete": "off", "spellcheck": "false"}
            kind = forms.PasswordInput if part.is_secret else forms.TextInput
            self.fields[part.name] = forms.CharField(
                label=str(part.label),
                help_text=str(part.help),
                required=not part.is_optional,
                max_length=part.longest,
                widget=kind(attrs=hidden),
            )
            self.fields[part.name].is_left_out = part.is_optional  # type: ignore[attr-defined]  # for its label

    @property
    def told(self) -> dict[str, str]:
        """Return the parts by name; only of a form that is valid."""
        found: dict[str, str] = {}
        for part in self.service.parts:
            if match := re.fullmatch(part.pattern, self.cleaned_data[part.name]):
                found |= match.groupdict()
        return found

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for part in self.service.parts:
            value = typed.get(part.name, "")
            is_left_out = part.is_optional and not value
            if part.name in self.errors or is_left_out:
                continue
            try:
                is_right = bool(re.fullmatch(part.pattern, value)) and bool(part.read(value))
            except ValueError:
                is_right = False
            if not is_right:
                self.add_error(part.name, str(part.wrong))
        return typed


class LabelForm(forms.Form):
    """What a browser's channel is called."""

    label = forms.CharField(label=_("Name of this browser"), max_length=80)


class QuietForm(forms.Form):
    """When to leave somebody alone, by their own clock; empty times mean never."""

    quiet_from = forms.TimeField(
        required=False, label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        required=False, label=_("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    wakes = forms.BooleanField(required=False, label=_("What needs me comes through at any hour"))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if (typed.get("quiet_from") is None) != (typed.get("quiet_until") is None):
            raise forms.ValidationError(words.QUIET_HALF)
        return typed
