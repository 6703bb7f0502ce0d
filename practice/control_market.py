"""/_control/price: pin, script or move the price, or set how much one moment can fill."""

from decimal import Decimal
from typing import Any

from practice.market import Script
from practice.pairs import PAIRS
from practice.running import Practice


def read_price(practice: Practice, data: dict[str, Any]) -> Any:
    now, market = practice.world.clock(), practice.world.market
    return {name: str(market.price(pair, now)) for name, pair in PAIRS.items() if data.get("pair") in (None, name)}


def move_price(practice: Practice, data: dict[str, Any]) -> Any:
    """Take `price` (pinned), `points` ([[ms from now, price], ...]) or `factor` (of the seeded price)."""
    pair, world = PAIRS[data["pair"]], practice.world
    if "liquidity" in data:
        world.market.liquidity[pair.name] = Decimal(str(data["liquidity"]))
    points = [[0, data["price"]]] if "price" in data else data.get("points", [])
    if points or "factor" in data:
        steps = tuple((int(offset), str(Decimal(str(price)))) for offset, price in points)
        world.move_price(Script(pair.name, world.clock(), steps, Decimal(str(data.get("factor", 1)))))
    return read_price(practice, {"pair": pair.name})


def release_price(practice: Practice, data: dict[str, Any]) -> Any:
    world = practice.world
    for name in [data["pair"]] if "pair" in data else list(PAIRS):
        world.market.liquidity.pop(name, None)
        if name in world.market.scripts:
            world.move_price(Script(name, world.clock()))
    return read_price(practice, data)


TABLE = {("GET", "price"): read_price, ("POST", "price"): move_price, ("DELETE", "price"): release_price}
