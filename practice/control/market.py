"""/_control/price: pin, script or move the price, or set how deep its book is; /_control/story: let it live."""

from decimal import Decimal
from typing import Any

from practice.http.running import Practice
from practice.world import stories
from practice.world.market import Script
from practice.world.pairs import PAIRS


def read_price(practice: Practice, data: dict[str, Any]) -> Any:
    now, market = practice.world.clock(), practice.world.market
    return {name: str(market.price(pair, now)) for name, pair in PAIRS.items() if data.get("pair") in (None, name)}


def move_price(practice: Practice, data: dict[str, Any]) -> Any:
    """Take `price` (pinned), `points` ([[ms from now, price], ...], `is_smooth`) or `factor` (of the seeded price).

    `liquidity` is the amount at the best price, to which each further one adds as much again; the book ends after
    `levels` of them, where told. An order takes what one price offers in so many `parts`, all in one millisecond.
    """
    pair, world = PAIRS[data["pair"]], practice.world
    if "liquidity" in data:
        world.market.liquidity[pair.name] = Decimal(str(data["liquidity"]))
        world.market.levels_told.pop(pair.name, None)
    if "parts" in data:
        world.market.parts[pair.name] = int(data["parts"])
    if "levels" in data:
        world.market.levels_told[pair.name] = int(data["levels"])
    points = [[0, data["price"]]] if "price" in data else data.get("points", [])
    if points or "factor" in data:
        steps = sorted(((int(offset), str(Decimal(str(price)))) for offset, price in points), key=lambda step: step[0])
        factor = Decimal(str(data.get("factor", 1)))
        world.move_price(Script(pair.name, world.clock(), tuple(steps), factor, bool(data.get("is_smooth"))))
    return read_price(practice, {"pair": pair.name})


def release_price(practice: Practice, data: dict[str, Any]) -> Any:
    world = practice.world
    for name in [data["pair"]] if "pair" in data else list(PAIRS):
        world.market.liquidity.pop(name, None)
        world.market.levels_told.pop(name, None)
        world.market.parts.pop(name, None)
        if name in world.market.scripts:
            world.move_price(Script(name, world.clock()))
    return read_price(practice, data)


def list_stories(practice: Practice, data: dict[str, Any]) -> Any:
    told = stories.told_now(practice.world.market, practice.world.clock())
    return {
        "stories": {name: {"text": story.text, "points": story.points} for name, story in stories.STORIES.items()},
        "running": [_story_row(script) for script in told],
    }


def tell_story(practice: Practice, data: dict[str, Any]) -> Any:
    """Take `pair`, `name`, `minutes` and, where it shall not begin at the present price, `at`."""
    world = practice.world
    at = Decimal(str(data["at"])) if data.get("at") else None
    minutes = Decimal(str(data["minutes"]))
    script = stories.tell(world.market, data["name"], data["pair"], minutes, world.clock(), at)
    world.move_price(script)
    return _story_row(script)


def _story_row(script: Script) -> dict[str, Any]:
    told = {"pair": script.pair, "name": script.story, "start": script.start, "end": script.end}
    return {**told, "points": script.points}


TABLE = {
    ("GET", "price"): read_price,
    ("POST", "price"): move_price,
    ("DELETE", "price"): release_price,
    ("GET", "story"): list_stories,
    ("POST", "story"): tell_story,
    ("DELETE", "story"): release_price,
}
