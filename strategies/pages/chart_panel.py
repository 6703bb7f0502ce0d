"""The chart's frame on a bot's page: which pair or group is drawn, what else can be, and its levels as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from strategies.engine.position import Side
from strategies.models import Bot
from strategies.pages.chart import SHOWN_FRAMES, ChartChoice
from strategies.pages.group_card import GroupCard, PriceLevel


@dataclass(frozen=True, kw_only=True)
class Tab:
    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`query` asks for what is drawn now; with another one the chart begins anew.

    `price` is the one on the group's card, which the last candle ends at: two that differ in one picture are one wrong.
    """

    pair: str
    frame: str
    query: str
    price: str
    levels: list[PriceLevel]
    subjects: list[Tab]
    frames: list[Tab]
    is_closed: bool


def panel_of(bot: Bot, cards: Sequence[GroupCard], choice: ChartChoice) -> Panel:
    subject = _subject(choice)
    card = next((card for card in cards if choice.group and card.group.pk == choice.group.pk), None)
    return Panel(
        pair=choice.pair,
        frame=choice.frame,
        query=urlencode({**subject, "frame": choice.frame}),
        price=card.price if card else "",
        levels=card.levels if card else [],
        subjects=list(_subjects(bot, cards, choice)),
        frames=[
            Tab(label=frame, query=urlencode({**subject, "frame": frame}), is_current=frame == choice.frame)
            for frame in SHOWN_FRAMES
        ],
        is_closed=choice.group is not None and not choice.group.is_open,
    )


def _subject(choice: ChartChoice) -> dict[str, str]:
    return {"group": str(choice.group.public_id)} if choice.group else {"pair": choice.pair}


def _subjects(bot: Bot, cards: Sequence[GroupCard], choice: ChartChoice) -> Iterator[Tab]:
    """Yield the open groups, then the pairs without one, and the closed group that was asked for."""
    groups = [card.group for card in cards]
    if choice.group and choice.group not in groups:
        groups.append(choice.group)
    for group in groups:
        label = f"{group.pair}{' short' if group.side == Side.SHORT else ''}{'' if group.is_open else ', closed'}"
        query = urlencode({"group": str(group.public_id), "frame": choice.frame})
        yield Tab(label=label, query=query, is_current=group == choice.group)
    busy = {group.pair for group in groups}
    for pair in (pair for pair in bot.pairs if pair not in busy):
        query = urlencode({"pair": pair, "frame": choice.frame})
        yield Tab(label=pair, query=query, is_current=choice.group is None and pair == choice.pair)
