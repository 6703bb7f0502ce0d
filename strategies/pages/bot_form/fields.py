"""The kinds of fields a bot's form is made of: choices that explain themselves, numbers as traders type them."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from strategies import pairs
from strategies.choices import NOTES
from strategies.pages.bot_form import typed
from web.language import inside


@dataclass(frozen=True)
class Option:
    """A choice's words: its label, and the sentence that explains it."""

    label: Any
    note: Any

    def __str__(self) -> str:
        return str(self.label)


def radio(label: Any, choices: type[models.TextChoices], **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[(one.value, Option(one.label, NOTES[one])) for one in choices],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
        **kwargs,
    )


class ConnectionField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic for the type checker only
    """One of the connections in its queryset, by public id; the form says whose."""

    def __init__(self, **kwargs: Any) -> None:
        wrong = {"required": _("Choose one of your connections."), "invalid_choice": _("Choose one of yours.")}
        super().__init__(
            queryset=Connection.objects.none(),
            to_field_name="public_id",
            empty_label=_("Choose a connection"),
            error_messages=wrong,
            **kwargs,
        )

    def label_from_instance(self, obj: Connection) -> str:
        practice = f" · {gettext('practice')}" if obj.is_practice else ""
        status = gettext("testing") if obj.is_testing else inside(obj.get_status_display())
        return f"{obj.name} ({obj.spec.name} {inside(obj.get_market_display())}{practice}, {status})"


class PairsField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        super().__init__(max_length=1000, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return pairs.read_pairs(text)
        except pairs.PairsError as error:
            raise forms.ValidationError(str(error)) from None


class NumberField(forms.DecimalField):
    """An exact number; `unit` stands behind the box, and may be typed."""

    def __init__(self, *, unit: Any = "", **kwargs: Any) -> None:
        self.unit = unit
        attrs = {"inputmode": "decimal", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else value
        if not isinstance(text, str) or text in self.empty_values:
            return super().to_python(text)
        try:
            return super().to_python(typed.plain(text.removesuffix(str(self.unit)) if self.unit else text))
        except typed.NumberError as error:
            raise forms.ValidationError(str(error)) from None


class MoneyField(NumberField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=20, decimal_places=8, **kwargs)


class PercentField(NumberField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(unit="%", max_digits=8, decimal_places=4, **kwargs)


class FactorField(NumberField):
    """How many times as much; an × may be typed behind it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(unit="×", max_digits=8, decimal_places=4, **kwargs)


class CountField(NumberField):
    """A whole number."""

    def __init__(self, *, unit: Any = "", **kwargs: Any) -> None:
        super().__init__(unit=unit, max_digits=8, decimal_places=0, **kwargs)

    def clean(self, value: Any) -> Any:
        count = super().clean(value)
        return None if count is None else int(count)


class MinutesField(CountField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(unit=_("minutes"), **kwargs)
