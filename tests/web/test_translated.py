"""Every page in a language that says everything in brackets: what stands outside them did not go through gettext."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from zoneinfo import available_timezones

import pytest
from django.utils import timezone

from connections.check.progress import evidence_of, steps_of
from connections.check.steps import examine
from connections.models import Connection, Status
from connections.records import row_of
from exchanges import registry
from exchanges.errors import Cause
from strategies.choices import BotState
from strategies.models import Bot
from strategies.words.badges import ACTIONS
from strategies.words.engine import REASONS
from tests.browser.test_axe import pages
from tests.connections.check.making import refused
from tests.connections.factories import make_connection, make_run
from tests.marked import CLOSE, OPEN, everything_marked
from tests.strategies import rows
from tests.strategies.factories import make_bot
from tests.web.wording import LETTER, pieces_of
from tests.web.world import World, ask, make_world

pytestmark = pytest.mark.django_db

# What is the same in every language. Each pattern has its reason; a word of ours belongs into none of them.
SAME = {
    "what a session, a message or a browser said when it was written down": r"^A browser$|^The key is refused\.$",
    "what is pasted into TradingView": r'^\{\s*"pair"[\s\S]*\}$',
    "names that the world gave": r"\bOwned\b|\bBot \d+\b|\bMessage \d+\b",
    "names of exchanges": "|".join(sorted({re.escape(spec.name) for spec in registry.BY_SLUG.values()}, reverse=True)),
    "our own name": r"BackFuture( AI)?",
    "names of services": r"Telegram|Discord|Slack|ntfy",
    "ids": r"\bbf[0-9a-z]{22}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "examples and ends of keys": r"\b[0-9a-f]{8}…|••••\w+",
    "time frames of charts": r"\b\d+[mhd]\b",
    "pairs, currencies, and the first letters of names": r"\b[A-Z0-9]{1,10}(/[A-Z0-9]{2,10})?\b",
    "addresses": r"[\w.+-]+@[\w.-]+|\b[\w-]+(\.[\w-]+)+(/[\w-]+)*\b",
}
ZONES = available_timezones()


def outside(html: str) -> Iterator[str]:
    """Yield each piece of a page of which something is in no brackets, without what is the same everywhere."""
    depth = 0
    for piece in pieces_of(html):
        kept, inner = "", depth if piece.name == "text" else 0
        for char in piece.text:
            inner += (char == OPEN) - (char == CLOSE)
            kept += "" if inner or char == CLOSE else char
        depth = inner if piece.name == "text" else depth
        kept = "" if kept.strip() in ZONES else kept
        for pattern in SAME.values():
            kept = re.sub(pattern, "", kept.strip())
        if LETTER.search(kept) and not piece.is_code:
            yield str(piece)


@pytest.fixture
def world() -> World:
    """Add what the world has not: refused connections, bots in every state, a group in trouble, lines of a journal."""
    world = make_world()
    off, enabled, halted = (make_bot(connection=world.connection, state=state, stop_loss=5) for state in BotState)
    rows.make_group(bot=enabled, pair="ETH/USDT", mode="recovery", recovery_reason="recovery.loss")
    rows.make_group(bot=halted, pair="ETH/USDT", close_asked_at=timezone.now())
    for action, reason in zip(ACTIONS, REASONS, strict=False):
        rows.make_line(bot=off, action=action, reason=reason)
    for number, cause in enumerate((Cause.IP_NOT_ALLOWED, Cause.KEY_INVALID)):
        facts = refused(cause, ip="203.0.113.7")
        home = make_connection(owner=world.owner, name=f"Owned {number}", status=Status.ERROR)
        found = [row_of(one) for one in examine(facts)]
        make_run(
            connection=home,
            verdict="error",
            findings_json=found,
            evidence_json=evidence_of(facts).as_json(),
            steps_json=[asdict(step) for step in steps_of(facts, is_done=True)],
        )
    return world


@pytest.mark.parametrize(("role", "least"), [("anonymous", 4), ("owner", 45)])
def test_every_word_of_every_page_goes_through_gettext(world: World, role: str, least: int) -> None:
    addresses = pages(world, role)
    if role == "owner":
        connections, bots = Connection.objects.owned_by(world.owner), Bot.objects.owned_by(world.owner)
        addresses += [f"/connections/{one.public_id}/{page}" for one in connections for page in ("", "replace/")]
        addresses += [f"/bots/{one.public_id}/{page}" for one in bots for page in ("", "journal/", "edit/", "disable/")]

    found = []
    for address in addresses:
        with everything_marked():
            html = ask(world, role, "GET", address).content.decode()
        found += [f"{address}: {one}" for one in outside(html)]

    assert len(addresses) >= least
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize(
    "html", ["<p>Words</p>", "<p>⟦Words⟧ and more</p>", "<p>⟦KuCoin⟧</p><p>Words</p>", '<a title="Words">⟦Words⟧</a>']
)
def test_a_word_outside_the_brackets_is_found(html: str) -> None:
    assert list(outside(html)) != []


@pytest.mark.parametrize(
    "html", ["<p>⟦You paused <b>⟦all⟧</b>, <a>since</a> then⟧: KuCoin</p>", '<a title="⟦Words⟧">BTC/USDT 12.5</a>']
)
def test_what_stands_in_brackets_or_is_data_passes(html: str) -> None:
    assert list(outside(html)) == []
