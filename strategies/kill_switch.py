"""The operators' kill switch: its levels and the words for them, what it touches, the form that turns it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from strategies.choices import StopLevel
from strategies.models import Bot, Group, Order, StopSwitch

# What an operator types, on the page as on the command line.
WORDS = {
    "none": StopLevel.NONE,
    "entries": StopLevel.ENTRIES,
    "add_ons": StopLevel.ADD_ONS,
    "orders": StopLevel.ORDERS,
}
MEANINGS = {
    "none": "Every bot goes on as its trader set it.",
    "entries": "No new groups. Open groups add on and close.",
    "add_ons": "No new groups, no add-ons. Open groups close at their take profit or stop loss, or when asked to.",
    "orders": "No order leaves, exits neither: no take profit, no stop loss, no close at market. "
    "Orders that stand at an exchange stay there, and may still fill.",
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the switch stands, and how much of the product it holds."""

    level: StopLevel
    since: datetime | None
    bots: int
    groups: int
    orders: int

    @property
    def word(self) -> str:
        return next(word for word, level in WORDS.items() if level == self.level)

    @property
    def touched(self) -> str:
        verb = "holds" if self.level else "would hold"
        return (
            f"It {verb} for {_count(self.bots, 'enabled bot')}, {_count(self.groups, 'open group')} "
            f"and {_count(self.orders, 'order')} under way."
        )


def standing() -> Standing:
    switch = StopSwitch.objects.filter(is_global=True).first()
    return Standing(
        level=StopLevel(switch.level if switch else ""),
        since=switch.changed_at if switch else None,
        bots=Bot.objects.enabled().count(),
        groups=Group.objects.open().count(),
        orders=Order.objects.live().count(),
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


class KillSwitchForm(forms.Form):
    """The level's own word must be typed too, so that no slip of the hand stops everybody."""

    level = forms.ChoiceField(
        choices=[(word, f"{word}: {level.label}. {MEANINGS[word]}") for word, level in WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    word = forms.CharField(
        label="Type the level’s word to confirm",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="none, entries, add_ons or orders",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        word = cleaned.get("word")
        if word is not None and "level" in cleaned and word.strip().lower() != cleaned["level"]:
            self.add_error("word", f"To set this level, type “{cleaned['level']}”.")
        return cleaned

    @property
    def chosen(self) -> StopLevel:
        return WORDS[self.cleaned_data["level"]]
