"""Starting points for a new bot: a preset fills the form in, everything can still be changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from strategies.choices import AddOnBehaviour, EntryRule, EntrySource, Risk


@dataclass(frozen=True, kw_only=True)
class Preset:
    """`note` is shown when it is chosen. `needs_two` says that it is of no use to who has one connection only."""

    slug: str
    name: Any
    note: Any
    values: Mapping[str, Any] = field(default_factory=dict)
    needs_two: bool = False


ALL: tuple[Preset, ...] = (
    Preset(
        slug="careful",
        name=_("Careful"),
        note=_("Low risk: three add-ons far apart, all of equal size, and two groups at once."),
        values={"risk_level": Risk.LOW, "take_profit": "1.5"},
    ),
    Preset(
        slug="balanced",
        name=_("Balanced"),
        note=_("Medium risk: five add-ons that grow a little, and four groups at once."),
        values={"risk_level": Risk.MEDIUM, "take_profit": "1.5"},
    ),
    Preset(
        slug="bold",
        name=_("Bold"),
        note=_("High risk: seven add-ons close together that grow by a quarter each, and six groups at once."),
        values={"risk_level": Risk.HIGH, "take_profit": "1.2"},
    ),
    Preset(
        slug="btc-eth-new-groups",
        name=_("BTC ETH New Groups"),
        note=_("New groups in BTC and ETH when your TradingView alert asks, each with its whole ladder set aside."),
        values={
            "name": "BTC ETH New Groups",
            "pairs": "BTC/USDT, ETH/USDT",
            "entry_source": EntrySource.WEBHOOK,
            "risk_level": Risk.MEDIUM,
            "add_on_behaviour": AddOnBehaviour.RESERVE,
        },
    ),
    Preset(
        slug="recovery-pro",
        name=_("Recovery PRO"),
        note=_(
            "Opens a group only while a group of the same pair is in Recovery Mode on another connection of yours. The"
            " old group is left alone to recover; the new idea trades beside it, on a connection of its own."
        ),
        values={
            "name": "Recovery PRO",
            "entry_rule": EntryRule.BESIDE_RECOVERY,
            "risk_level": Risk.LOW,
            "add_on_behaviour": AddOnBehaviour.RESERVE,
        },
        needs_two=True,
    ),
)
# For a connection to the practice exchange: one add-on and the exit fit into a story of a minute. It differs from what
# every new bot starts with by its take profit alone, and by a name and a margin limit that are filled in.
PRACTICE = Preset(
    slug="practice",
    name=_("First practice bot"),
    note=_(
        "Careful settings, so that a story of one minute shows an entry, an add-on and the exit with its profit. It"
        " enters when you send it a test signal."
    ),
    values={
        "name": "First practice bot",
        "entry_source": EntrySource.WEBHOOK,
        "risk_level": Risk.LOW,
        "margin_limit": "1000",
        "take_profit": "1",
    },
)
BY_SLUG: Mapping[str, Preset] = {preset.slug: preset for preset in (*ALL, PRACTICE)}
