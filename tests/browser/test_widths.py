"""Pages with the longest names and addresses, at a desk and on a phone: nothing is cut off or squeezed."""

import pytest
from django.utils import timezone

from accounts import audit
from accounts.by import By
from connections.models import Connection
from strategies.models import Bot
from tests.browser.steps import Trader
from tests.browser.test_policy import addresses, come_in
from tests.connections.factories import make_connection
from tests.strategies.factories import make_bot, make_group
from tests.web.world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# No place to break at, and as long as a name may be.
LONG = "W" * 60
WIDTHS = (1440, 390)
# What scrolls sideways is out of sight, unless it can be reached with the keyboard; no word is broken letter by letter.
FAULTS = """() => {
    const found = [], root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide`);
    for (const box of document.querySelectorAll('.table, .seg')) {
        if (box.scrollWidth > box.clientWidth + 1 && box.tabIndex < 0) found.push(`${box.className} is cut off`);
    }
    for (const cell of document.querySelectorAll('main td')) {
        const text = cell.innerText.trim();
        if (text.length > 12 && cell.clientWidth && cell.clientWidth < 70) found.push(`squeezed: ${text.slice(0, 40)}`);
    }
    return found;
}"""

# The width that is empty beside the last card of a row, in percents; the bots' notes stand beside each other.
HOLES = """() => {
    const found = [];
    for (const box of document.querySelectorAll('main :is(.grid, .cols.even, .figures.two)')) {
        const rows = {}, whole = box.getBoundingClientRect();
        for (const one of box.children) {
            const { top, right, width } = one.getBoundingClientRect();
            if (width) rows[Math.round(top)] = Math.max(rows[Math.round(top)] ?? 0, right);
        }
        for (const right of Object.values(rows)) {
            const hole = Math.round(100 * (whole.right - right) / whole.width);
            if (hole > 30) found.push(`${hole} % of ${box.className} are empty`);
        }
    }
    return found;
}"""


@pytest.mark.only_desktop
def test_no_card_stands_alone_beside_a_hole(trader: Trader) -> None:
    world = make_world()
    make_connection(owner=world.owner, exchange="okx")
    make_group(bot=world.bot, mode="closed", pair="ETH/USDT")
    come_in(trader.page, trader.url, world, "owner")
    trader.page.set_viewport_size({"width": 1440, "height": 844})

    found = []
    for address in addresses(world, "owner"):
        trader.open(address)
        found += [f"{address}: {one}" for one in trader.page.evaluate(HOLES)]

    assert found == []


@pytest.mark.only_desktop
def test_halted_bots_leave_no_hole_below_connections_that_are_well(trader: Trader) -> None:
    world = make_world()
    Connection.objects.filter(owner=world.owner).exclude(pk=world.connection.pk).update(deleted_at=timezone.now())
    for _ in range(4):
        make_bot(connection=world.connection, state="halted")
    come_in(trader.page, trader.url, world, "owner")
    trader.page.set_viewport_size({"width": 1440, "height": 844})

    trader.open("/")

    wells, bots = (
        trader.page.locator(f"section[aria-labelledby={one}]").bounding_box() for one in ("concerns", "bots")
    )
    assert wells is not None
    assert bots is not None
    assert wells["width"] == bots["width"]
    assert bots["y"] > wells["y"]
    notes = [one.bounding_box() for one in trader.page.locator("section[aria-labelledby=bots] .note").all()]
    assert len({box["y"] for box in notes if box}) == (len(notes) + 1) // 2


@pytest.mark.only_desktop
def test_long_names_fit_every_page_at_every_width(trader: Trader) -> None:
    world = make_world()
    make_group(bot=world.bot, mode="closed", pair="ETH/USDT")
    Bot.objects.update(name=LONG)
    Connection.objects.filter(pk=world.connection.pk).update(name=LONG)
    far_away = By(user=world.owner, address="2001:db8:85a3:1234:5678:8a2e:370:7334")
    for thing in (world.bot, world.connection):
        audit.record("connection.checked", by=far_away, target=thing, outcome="refused")
    come_in(trader.page, trader.url, world, "owner")

    found = []
    for address in addresses(world, "owner"):
        trader.open(address)
        for width in WIDTHS:
            trader.page.set_viewport_size({"width": width, "height": 844})
            found += [f"{address} at {width}: {one}" for one in trader.page.evaluate(FAULTS)]

    assert found == []


def test_the_worst_case_is_read_before_the_bot_is_saved(trader: Trader) -> None:
    world = make_world()
    come_in(trader.page, trader.url, world, "owner")

    trader.open("/bots/add/")

    order = trader.page.locator("#worst-case, #bot-form > .btns button").evaluate_all("all => all.map(one => one.id)")
    assert order == ["worst-case", ""]
    save, card = (trader.page.locator(one).bounding_box() for one in ("#bot-form > .btns", "#worst-case"))
    assert save is not None
    assert card is not None
    beside = save["x"] < card["x"]
    assert beside or save["y"] > card["y"]


@pytest.mark.only_desktop
def test_a_name_from_right_to_left_reads_so_and_stands_where_names_stand(trader: Trader) -> None:
    world = make_world()
    Bot.objects.filter(pk=world.bot.pk).update(name="صائد 12")
    come_in(trader.page, trader.url, world, "owner")

    trader.open(f"/bots/{world.bot.public_id}/")

    looks = "one => [getComputedStyle(one).direction, getComputedStyle(one).textAlign]"
    assert trader.page.locator("h1").evaluate(looks) == ["rtl", "left"]
    assert trader.page.locator(".crumb strong").evaluate(looks)[0] == "rtl"
