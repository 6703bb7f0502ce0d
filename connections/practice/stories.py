"""Stories that practice prices can be told to live through, from a bot's page."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.by import By
from connections.practice import door


@dataclass(frozen=True, kw_only=True)
class PracticeStory:
    """What a price can be told to live through; `slug` is the practice exchange's word for it."""

    slug: str
    title: Any


STORIES = (
    PracticeStory(slug="dip_and_rise", title=_("A dip, then a rise: an add-on and the exit")),
    PracticeStory(slug="slow_rise", title=_("A slow rise: the exit")),
    PracticeStory(slug="two_falls", title=_("Two deep falls, then a recovery")),
    PracticeStory(slug="crash", title=_("A crash by 40 %, without an end")),
)
BY_SLUG: Mapping[str, PracticeStory] = {story.slug: story for story in STORIES}
# One minute is a time-lapse: what a market takes hours for.
MINUTES = (1, 5, 15)


def tell_story(pair: str, story: PracticeStory, *, minutes: int, by: By, about: object) -> None:
    """Let the price of a pair live through a story; one that runs there already is left to its end.

    The market is everybody's, as a market is. Raises door.PracticeError.
    """
    now = time.time() * 1000
    running = [one for one in door.ask("GET", "story")["running"] if one["pair"] == pair and one["end"] > now]
    if running:
        seconds = round((max(one["end"] for one in running) - now) / 1000)
        told = gettext("A story is being told of %(pair)s already. It ends in %(seconds)s seconds.")
        raise door.PracticeError(told % {"pair": pair, "seconds": seconds})
    door.ask("POST", "story", pair=pair, name=story.slug, minutes=minutes)
    audit.record("practice.story", target=about, by=by, outcome=story.slug)
