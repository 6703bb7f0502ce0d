"""Stories that a price can be told to live through: corner points, as shares of the length and changes in percent."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from practice.world.market import Market, Script
from practice.world.pairs import PAIRS

MINUTE = 60_000
LONGEST = 7 * 24 * 60


@dataclass(frozen=True)
class Story:
    """`points` are (share of the length, change in percent against the price at the start)."""

    text: str
    points: tuple[tuple[str, str], ...]

    def steps(self, length: int, first: Decimal, step: Decimal) -> tuple[tuple[int, str], ...]:
        """Return the corner points as (ms after the start, price)."""
        return tuple(
            (int(length * Decimal(share)), str((first * (1 + Decimal(change) / 100)).quantize(step)))
            for share, change in self.points
        )


STORIES: Mapping[str, Story] = {
    # The first fall passes three add-on levels of Low (2.5, 5.75, 9.98 %) and of Medium (1.8, 4.05, 6.86 %); an add-on
    # at the top of the bounce would not improve the average of either; the second fall passes all five of Medium.
    "two_falls": Story(
        "Falls by 10.6 %, comes half-way back, falls by 15.6 %, then slowly recovers to a little above its start.",
        (
            ("0", "0"),
            ("0.05", "0.2"),
            ("0.10", "-0.1"),
            ("0.15", "-3"),
            ("0.18", "-2.6"),
            ("0.23", "-6.5"),
            ("0.26", "-6"),
            ("0.32", "-10.6"),
            ("0.35", "-10.2"),
            ("0.46", "-4.4"),
            ("0.50", "-4.8"),
            ("0.62", "-15.6"),
            ("0.66", "-14.9"),
            ("0.80", "-8"),
            ("0.92", "-1"),
            ("1", "1.5"),
        ),
    ),
    # For a minute at a bot's page: the fall passes one add-on level of Low or Medium and none that leads to Recovery
    # Mode; the rise passes the take profit of the new average. No step is so fast that a bot would miss it.
    "dip_and_rise": Story(
        "Falls by 3.4 % after a moment, then rises to 3 % above its start.",
        (
            ("0", "0"),
            ("0.12", "0.05"),
            ("0.40", "-3.4"),
            ("0.50", "-3.2"),
            ("0.85", "2.6"),
            ("1", "3"),
        ),
    ),
    # Faster than a bot looks: Low adds once at the bottom, so that an add-on in the zone above, half-way back, would
    # hardly improve the average; in Recovery Mode only the end of the second fall is far enough from that fill.
    "sharp_falls": Story(
        "Falls by 10.7 % at once, comes half-way back, falls in two steps to -15.5 %, then recovers to -5 %.",
        (
            ("0", "0"),
            ("0.0995", "0.1"),
            ("0.1", "-10.7"),
            ("0.25", "-10.4"),
            ("0.33", "-5.8"),
            ("0.4995", "-5.85"),
            ("0.5", "-13.4"),
            ("0.5995", "-13.5"),
            ("0.6", "-15.5"),
            ("0.7", "-15.3"),
            ("1", "-5"),
        ),
    ),
    "slow_rise": Story(
        "Rises by 12 %, with small steps back.",
        (
            ("0", "0"),
            ("0.18", "2.5"),
            ("0.24", "1.9"),
            ("0.45", "5.5"),
            ("0.52", "4.7"),
            ("0.75", "9"),
            ("0.81", "8.2"),
            ("1", "12"),
        ),
    ),
    "crash": Story(
        "Falls by 40 % in a tenth of the time and stays there.",
        (("0", "0"), ("0.1", "-40"), ("1", "-40")),
    ),
    "calm": Story(
        "Moves by 0.3 % at most, up and down.",
        (
            ("0", "0"),
            ("0.12", "0.15"),
            ("0.25", "-0.1"),
            ("0.40", "0.3"),
            ("0.55", "0.05"),
            ("0.70", "-0.3"),
            ("0.85", "0.1"),
            ("1", "0"),
        ),
    ),
}


def tell(market: Market, name: str, pair_name: str, minutes: Decimal, now: int, at: Decimal | None = None) -> Script:
    """Return the script of a story that begins now, at the present price or where told."""
    story, pair = STORIES[name], PAIRS[pair_name]
    if not 0 < minutes <= LONGEST:
        raise ValueError(f"minutes must lie between 0 and {LONGEST}")
    first = market.price(pair, now) if at is None else at
    if not 0 < first <= pair.start * 1_000:
        raise ValueError(f"at must lie between 0 and {pair.start * 1_000}")
    steps = story.steps(int(minutes * MINUTE), first, pair.price_step)
    return Script(pair.name, now, steps, is_smooth=True, story=name)


def told_now(market: Market, now: int) -> list[Script]:
    """Return the stories that rule a price at a moment, those included that have come to their end."""
    ruling = (market.script_at(pair, now) for pair in PAIRS.values())
    return [script for script in ruling if script and script.story]
