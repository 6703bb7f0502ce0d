"""The market on the page of try-out keys: prices, and a form for each story that a browser on this machine can post."""

from datetime import UTC, datetime
from html import escape
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from practice.control.market import release_price, tell_story
from practice.http.running import Practice
from practice.world import stories
from practice.world.pairs import PAIRS

SHOWN = tuple(name for name, pair in PAIRS.items() if pair.base in ("BTC", "ETH", "SOL") and pair.quote != "BTC")
MINUTES = 10


def add_routes(app: web.Application, practice: Practice) -> None:
    async def tell(request: web.Request) -> web.Response:
        _require_own_page(request)
        try:
            tell_story(practice, {**await request.post()})
        except (KeyError, ValueError, ArithmeticError) as error:
            raise web.HTTPBadRequest(text=f"{type(error).__name__}: {error}") from None
        raise web.HTTPSeeOther("/#market")

    async def release(request: web.Request) -> web.Response:
        _require_own_page(request)
        release_price(practice, {})
        raise web.HTTPSeeOther("/#market")

    app.router.add_post("/story", tell)
    app.router.add_post("/story/end", release)


def _require_own_page(request: web.Request) -> None:
    if not _is_at_home(request) or request.headers.get("Origin") != f"{request.scheme}://{request.host}":
        raise web.HTTPForbidden(text="only from this page, in a browser on this machine")


def _is_at_home(request: web.Request) -> bool:
    """Say whether a browser on this machine asks, and by a name of this machine.

    A foreign name that resolves to loopback (DNS rebinding) would be an origin equal to its own host.
    """
    return _is_loopback(request.remote or "") and _is_loopback(urlsplit(f"//{request.host}").hostname or "")


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def section(practice: Practice, request: web.Request) -> str:
    forms = "".join(_form(name, story) for name, story in stories.STORIES.items())
    end = '<form method="post" action="/story/end"><button>End all stories</button></form>'
    posts = forms + _article("end", "Let the market move by itself", "Every price moves by itself again.", end)
    hint = "<p>Stories can be told from a browser on the machine that runs this server.</p>"
    text = "A price moves by itself, or lives through a story and then stays where the story ends."
    prices = _article("prices", "Prices", "At the moment this page was made.", _prices(practice))
    inside = f"<h2>Market</h2><p>{text}</p>{prices}{posts if _is_at_home(request) else hint}"
    return f'<section id="market">{inside}</section>'


def _article(identity: str, title: str, text: str, inside: str) -> str:
    return f'<article id="market-{identity}"><h3>{escape(title)}</h3><p>{escape(text)}</p>{inside}</article>'


def _prices(practice: Practice) -> str:
    market, now = practice.world.market, practice.world.clock()
    told = {script.pair: f" {_told(script.story, script.end, now)}" for script in stories.told_now(market, now)}
    rows = (f"<dt>{n}</dt><dd>{market.price(PAIRS[n], now):,}{told.get(n, '')}</dd>" for n in SHOWN)
    return f"<dl>{''.join(rows)}</dl>"


def _told(story: str, end: int, now: int) -> str:
    moment = datetime.fromtimestamp(end / 1000, UTC)
    return f"({_title(story)}, {'until' if now < end else 'ended'} {moment:%H:%M:%S} UTC)"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _form(name: str, story: stories.Story) -> str:
    options = "".join(f"<option>{pair}</option>" for pair in SHOWN)
    asked = (
        f'<input type="hidden" name="name" value="{name}">'
        f'<label>Pair<select name="pair">{options}</select></label>'
        f'<label>Minutes<input name="minutes" type="number" min="1" max="{stories.LONGEST}" value="{MINUTES}" required>'
        f"</label><button>Start: {_title(name).lower()}</button>"
    )
    return _article(name, _title(name), story.text, f'<form method="post" action="/story">{asked}</form>')
