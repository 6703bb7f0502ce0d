"""The form of a bot's settings: each field says what is wrong with it, and nothing typed is lost."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from connections.models import Connection
from connections.pages.forms import NameField
from exchanges.proven import plain
from strategies import inputs
from strategies.bots import rules
from strategies.choices import (
    AddOnBehaviour,
    Direction,
    EntryRule,
    EntrySource,
    OrderKind,
    Risk,
    TrendFrame,
)
from strategies.engine.sizing import LEVELS
from strategies.models import Bot, BotSettings
from strategies.pages.bot_form.fields import (
    ConnectionField,
    CountField,
    FactorField,
    MinutesField,
    MoneyField,
    NumberField,
    PairsField,
    PercentField,
    radio,
)

# What only one way of entering uses; the page hides it beside the others.
ONLY_WITH = {"trend_frame": EntrySource.TREND, "re_entry_minutes": EntrySource.IMMEDIATE}
# A ladder of the trader's own: each may be left to the risk level.
LADDER = frozenset({"first_add_on", *inputs.OWN})
# What a new bot starts with: the careful choices.
FIRST: Mapping[str, Any] = {
    "direction": Direction.LONG,
    "entry_source": EntrySource.WEBHOOK,
    "entry_rule": EntryRule.ANY,
    "trend_frame": TrendFrame.M15,
    "re_entry_minutes": 15,
    "risk_level": Risk.LOW,
    "add_on_behaviour": AddOnBehaviour.RESERVE,
    "take_profit": Decimal("1.5"),
    "stop_timeout_seconds": 0,
    "cool_down_minutes": 0,
    "order_kind": OrderKind.MARKET,
    "recovery_mode": True,
}


def own(kind: type[NumberField], column: str, label: Any, text: Any) -> NumberField:
    """Return a field that an empty box leaves to the risk level; it says what each level has there."""
    factor = 100 if column in inputs.PERCENTS else 1
    values = {name: getattr(level, inputs.OWN[column]) for name, level in LEVELS.items()}
    told = {name: _("none") if value is None else plain(value * factor) for name, value in values.items()}
    field = kind(label=label, required=False, help_text=_left_to_level(text, told))
    field.widget.attrs |= {f"data-{name}": text for name, text in told.items()}
    return field


def _say_what_is_left(text: Any, told: Mapping[str, Any]) -> str:
    each = ", ".join(f"{Risk(name).label} {value}" for name, value in told.items())
    left = next(iter(told.values())) if len({str(value) for value in told.values()}) == 1 else each
    return gettext("%(text)s Empty: %(left)s.") % {"text": text, "left": left}


# What an empty box leaves to the risk level, told in the language of the moment.
_left_to_level = lazy(_say_what_is_left, str)


class BotForm(forms.Form):
    """Only the owner's own connections can be chosen; `settings` is what a flow takes."""

    name = NameField(help_text=_("So that you know it again among others."))
    connection = ConnectionField(label=_("Connection"))
    pairs = PairsField(label=_("Pairs"), help_text=_("1 to 20, quoted in the same money: BTC/USDT, ETH/USDT"))
    direction = radio(_("Direction"), Direction, help_text=_("On a spot connection a bot can only go long."))
    entry_source = radio(_("Entry"), EntrySource)
    trend_frame = forms.ChoiceField(label=_("Candles"), choices=TrendFrame.choices, required=False)
    re_entry_minutes = MinutesField(
        label=_("Pause before a new group"),
        required=False,
        help_text=_("Counted from the moment the last group closed."),
    )
    risk_level = radio(_("Risk level"), Risk)
    margin_limit = MoneyField(
        label=_("Margin limit"),
        help_text=_("The most the bot may have at work, in the money the pairs are quoted in (USDT of BTC/USDT)."),
    )
    base_order = MoneyField(
        label=_("First order"),
        required=False,
        help_text=_("Of each group. Leave it empty for the largest that the risk level and the margin limit allow."),
    )
    add_ons = own(CountField, "add_ons", _("Number of add-ons"), _("At most 30."))
    first_add_on = MoneyField(
        label=_("First add-on"),
        required=False,
        help_text=_("In money, beside a first order in money. Empty: the next field."),
    )
    add_on_ratio = own(FactorField, "add_on_ratio", _("… or relative"), _("As a multiple of the first order."))
    volume_scale = own(FactorField, "volume_scale", _("Volume scale"), _("How much larger each further add-on is."))
    first_step = own(PercentField, "first_step", _("First step"), _("From the entry to the first add-on."))
    step_scale = own(FactorField, "step_scale", _("Step scale"), _("How much longer each further step is."))
    floor = own(PercentField, "floor", _("Floor"), _("No add-on further below the entry than this."))
    least_improvement = own(
        PercentField, "least_improvement", _("Least improvement"), _("By which an add-on must better the average.")
    )
    accepted_loss = own(
        PercentField, "accepted_loss", _("Accepted loss"), _("Of the equity, by one group at the stress price.")
    )
    max_groups = own(CountField, "max_groups", _("Groups at once"), _("Never more than pairs."))
    add_on_behaviour = radio(_("Add-ons"), AddOnBehaviour)
    take_profit = PercentField(
        label=_("Take profit"), help_text=_("Of what the group cost: what is left after all fees.")
    )
    trailing = PercentField(
        label=_("Trailing"),
        required=False,
        help_text=_("Once the take profit is reached, follow the price and sell this far below its best."),
    )
    stop_loss = PercentField(
        label=_("Stop loss"),
        required=False,
        help_text=_("Below the average price. Losses are never realised unless you set one."),
    )
    stop_timeout_seconds = CountField(
        label=_("Stop loss time-out"),
        unit=_("seconds"),
        help_text=_(
            "How long the price must stay beyond the stop loss. 0: it closes as soon as a second look, or the last "
            "price, bears it out."
        ),
    )
    recovery_mode = forms.BooleanField(
        label=_("Recovery Mode"),
        required=False,
        help_text=_(
            "Stricter rules for a group that is far in loss or has few add-ons left: no new group beside it, add-ons "
            "only if they clearly help."
        ),
    )
    entry_rule = radio(_("Entry rule"), EntryRule)
    order_kind = radio(_("Orders"), OrderKind)
    cool_down_minutes = MinutesField(
        label=_("Cool-down"),
        help_text=_(
            "The least time between two fills of a group. 0: rungs that a fall passes follow each other at once."
        ),
    )

    def __init__(
        self, *args: Any, owner: User, bot: Bot | None = None, has_groups: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["connection"]
        assert isinstance(field, ConnectionField)  # noqa: S101 - tells the type checker what stands above
        field.queryset = Connection.objects.owned_by(owner).order_by("name", "pk")
        # An enabled bot stays where it was proven, groups where their coins lie; Django ignores what is posted for a
        # disabled field. A bot whose connection is gone must choose.
        field.disabled = bot is not None and (bot.is_enabled or (has_groups and not bot.is_homeless))
        if bot is not None and field.disabled:
            self.initial["connection"] = bot.connection
        for name in LADDER:
            attrs = self.fields[name].widget.attrs
            attrs["placeholder"] = attrs.get(f"data-{self['risk_level'].value()}", "")

    @property
    def settings(self) -> BotSettings:
        return BotSettings(**self.cleaned_data)

    @property
    def is_connection_fixed(self) -> bool:
        return self.fields["connection"].disabled

    @property
    def shows_more(self) -> bool:
        """Say whether something seldom used is wrong, or not as it is for most."""
        seldom = ("entry_rule", "order_kind", "cool_down_minutes", "stop_timeout_seconds")
        return any(name in self.errors or str(self[name].value()) != str(FIRST[name]) for name in seldom)

    @property
    def has_own_ladder(self) -> bool:
        return any(name in self.errors or self[name].value() not in (None, "") for name in LADDER)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._forget_unused(cleaned)
        for field, text in rules.problems(cleaned):
            self.add_error(field, text)
        return cleaned

    def _forget_unused(self, cleaned: dict[str, Any]) -> None:
        """Leave what the entry source does not use as it was: the trader does not see it, so it cannot be wrong."""
        for name, source in ONLY_WITH.items():
            if cleaned.get("entry_source") != source:
                self.errors.pop(name, None)
                cleaned[name] = self.initial.get(name, FIRST[name])
            elif cleaned.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])


def first_settings(connection: str) -> dict[str, Any]:
    """Return what the form of a new bot starts with."""
    return {**FIRST, "connection": connection}


def settings_of(bot: Bot) -> dict[str, Any]:
    """Return what the form of an existing bot starts with, as the trader would type it."""
    shown = {name: plain(value) if isinstance(value, Decimal) else value for name, value in vars(bot.settings).items()}
    return {**shown, "pairs": ", ".join(bot.pairs)}


def typed_again(posted: QueryDict) -> dict[str, Any]:
    """Return what was typed as a form's start, to show it again without judging it."""
    return {name: field.widget.value_from_datadict(posted, {}, name) for name, field in BotForm.base_fields.items()}
