"""The form of a bot's settings: each field says what is wrong with it, and nothing typed is lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models

from accounts.models import User
from connections.forms import NameField
from connections.models import Connection, Market
from strategies import pairs
from strategies.choices import NOTES, AddOnBehaviour, Direction, RiskLevel
from strategies.models import Bot, BotSettings


@dataclass(frozen=True)
class Option:
    """A choice's words: its label, and the sentence that explains it."""

    label: str
    note: str

    def __str__(self) -> str:
        return self.label


def _options(choices: Iterable[models.TextChoices]) -> list[tuple[str, Any]]:
    return [(one.value, Option(str(one.label), NOTES[one])) for one in choices]


def _radio(label: str, choices: type[models.TextChoices]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=_options(choices),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )


class ConnectionField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic for the type checker only
    def label_from_instance(self, obj: Connection) -> str:
        practice = " · practice" if obj.is_practice else ""
        return f"{obj.name} ({obj.spec.name} {obj.get_market_display().lower()}{practice}, {obj.shown_status})"


class BotForm(forms.Form):
    """Only the owner's own connections can be chosen; `settings` is what a flow takes."""

    name = NameField(help_text="So that you know it again among others.")
    connection = ConnectionField(
        queryset=Connection.objects.none(),
        to_field_name="public_id",
        empty_label="Choose a connection",
        error_messages={"required": "Choose one of your connections.", "invalid_choice": "Choose one of yours."},
    )
    pairs = forms.CharField(
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text="1 to 20, quoted in the same money: BTC/USDT, ETH/USDT",
    )
    direction = _radio("Direction", Direction)
    risk_level = _radio("Risk level", RiskLevel)
    margin_limit = forms.DecimalField(
        max_digits=20,
        decimal_places=8,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="The most the bot may have at work, in the money the pairs are quoted in (USDT of BTC/USDT).",
    )
    add_on_behaviour = _radio("Add-ons", AddOnBehaviour)
    recovery_mode = forms.BooleanField(
        label="Recovery Mode",
        required=False,
        help_text="Stricter rules for a group in trouble: no new group beside it, add-ons only if they clearly help.",
    )

    def __init__(self, *args: Any, owner: User, bot: Bot | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["connection"]
        assert isinstance(field, ConnectionField)  # noqa: S101 - tells the type checker what stands above
        field.queryset = Connection.objects.owned_by(owner).order_by("name", "pk")
        # An enabled bot stays where it was proven; Django ignores what is posted for a disabled field.
        field.disabled = bot is not None and bot.is_enabled

    @property
    def settings(self) -> BotSettings:
        return BotSettings(**self.cleaned_data)

    def clean_pairs(self) -> tuple[str, ...]:
        try:
            return pairs.read_pairs(self.cleaned_data["pairs"])
        except pairs.PairsError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_margin_limit(self) -> Decimal:
        limit: Decimal = self.cleaned_data["margin_limit"]
        if limit <= 0:
            raise forms.ValidationError("The margin limit must be more than 0.")
        return limit

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        home, direction = cleaned.get("connection"), cleaned.get("direction")
        if home and direction and direction != Direction.LONG and home.market != Market.FUTURES:
            self.add_error("direction", "Short needs a futures connection; on spot a bot can only go long.")
        return cleaned


def first_settings(connection: str) -> dict[str, Any]:
    """Return what the form of a new bot starts with: the careful choices."""
    return {
        "connection": connection,
        "direction": Direction.LONG,
        "risk_level": RiskLevel.LOW,
        "add_on_behaviour": AddOnBehaviour.RESERVE,
        "recovery_mode": True,
    }


def settings_of(bot: Bot) -> dict[str, Any]:
    """Return what the form of an existing bot starts with, as the trader would type it."""
    typed = {"pairs": ", ".join(bot.pairs), "margin_limit": bot.shown_limit}
    return {**vars(bot.settings), **typed}
