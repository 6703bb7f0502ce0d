"""Hostile requests, each made from a seed and its number alone, so that any of them can be sent again."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, quote_from_bytes, urlsplit

from django.urls import Resolver404, resolve

from tests.web.payloads import COOKIES, GUESSES, HEADERS, LONG, PAYLOADS, QUERY, TYPES
from tests.web.routes import ROUTES, Route
from tests.web.world import MISSING, World

MARK = "zq"
METHODS = (
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "POST",
    "POST",
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "ZQ",
)
BOUNDARY = "zqzqzq"
# What a form would send if nothing was wrong, so that a hostile field is not hidden by another that is missing.
GOOD = {
    "api_key": "0123456789abcdef01234567",
    "secret": "01234567-89ab-cdef-0123-456789abcdef",
    "passphrase": "practice-pass",
    "name": "A name",
    "pairs": "BTC/USDT",
    "margin_limit": "100",
    "direction": "long",
    "risk_level": "low",
    "add_on_behaviour": "reserve",
    "entry_source": "webhook",
    "entry_rule": "any",
    "take_profit": "1.5",
    "order_kind": "market",
    "cool_down_minutes": "5",
    "stop_timeout_seconds": "0",
    "market": "spot",
    "venue": "practice",
    "login": "owner@example.test",
    "email": "owner@example.test",
    "password": "wrong wrong wrong",
    "password1": "five other words do too",
    "action": "check_now",
}


@dataclass
class Attack:
    """One request, ready for Django's test client."""

    number: int
    route: Route
    role: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        told = f"{self.method} {self.path}?{self.query} as {self.role}, {self.content_type!r} {self.body[:300]!r}"
        return f"no. {self.number}: {told} headers={self.headers} cookies={self.cookies}"[:1500]

    @property
    def is_too_large(self) -> bool:
        return len(self.body) > 64 * 1024


def make_attack(seed: str, number: int, world: World, forms: Mapping[str, Mapping[str, str]]) -> Attack:
    """Make attack `number`: the route goes round, everything else is drawn."""
    draw = random.Random(f"{seed}:{number}")
    route = ROUTES[number % len(ROUTES)]
    role = draw.choice(("anonymous", "other", "owner", "owner", "owner", "staff", "superuser"))
    attack = Attack(number, route, role, draw.choice(METHODS), world.address(route))
    if attack.method not in ("GET", "HEAD"):
        _fill(attack, draw, forms.get(route.pattern, {}))
    for act in draw.sample(ACTS, draw.randint(1, 3)):
        act(attack, draw, world)
    return attack


def _payload(draw: random.Random, *, long: float = 0.02) -> bytes:
    return draw.choice(LONG) if draw.random() < long else draw.choice(PAYLOADS)


def _text(draw: random.Random) -> str:
    """Return a payload as a header carries it: bytes read as Latin-1."""
    return _payload(draw)[:8000].decode("latin-1")


def _fill(attack: Attack, draw: random.Random, values: Mapping[str, str]) -> None:
    """Write a body that would be right but for one to three fields, one left out, one repeated, one guessed."""
    pairs = [(name, value.encode()) for name, value in values.items()]
    for place in draw.sample(range(len(pairs)), min(len(pairs), draw.randint(0, 3))):
        pairs[place] = (pairs[place][0], _payload(draw))
    pairs += [(name, _payload(draw)) for name in draw.sample(GUESSES, draw.randint(0, 2))]
    if pairs and draw.random() < 0.2:
        pairs.append((draw.choice(pairs)[0], _payload(draw)))
    if pairs and draw.random() < 0.2:
        pairs.pop(draw.randrange(len(pairs)))
    (_multipart if draw.random() < 0.2 else _urlencoded)(attack, draw, pairs)


def _urlencoded(attack: Attack, draw: random.Random, pairs: list[tuple[str, bytes]]) -> None:
    attack.body = b"&".join(f"{quote(name)}={quote_from_bytes(value)}".encode() for name, value in pairs)


def _multipart(attack: Attack, draw: random.Random, pairs: list[tuple[str, bytes]]) -> None:
    attack.content_type = f"multipart/form-data; boundary={BOUNDARY}"
    parts = []
    for name, value in pairs:
        file = f'; filename="{MARK}.exe"\r\nContent-Type: {MARK}/{MARK}' if draw.random() < 0.2 else ""
        parts.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + value + b"\r\n"
        )
    attack.body = b"".join(parts) + (b"" if draw.random() < 0.1 else f"--{BOUNDARY}--\r\n".encode())


def _bend_path(attack: Attack, draw: random.Random, world: World) -> None:
    bad = quote_from_bytes(_payload(draw, long=0)[:2000], safe="")
    names = ("public_id", "object_id", "exchange", "key", "token", "uidb36", "content_type_id", "app_label", "url")
    ids = {name: draw.choice((bad, bad, MISSING, "9" * 30)) for name in draw.sample(names, 3)}
    attack.path = world.address(attack.route, **ids)
    if draw.random() < 0.2:
        attack.path += draw.choice((bad, "/", "//", "%00", "..;/", "../" * 9))


def _bend_query(attack: Attack, draw: random.Random, world: World) -> None:
    pairs = [(draw.choice(QUERY), _payload(draw, long=0)) for _ in range(draw.randint(1, 4))]
    attack.query = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in pairs)
    if draw.random() < 0.1:
        attack.query = draw.choice(("%", "&&&===", "%FF=%FF", "a=b;c=d", "=" * 500, "q[]=1&q[]=2", "\xff\x00"))


def _bend_headers(attack: Attack, draw: random.Random, world: World) -> None:
    attack.headers |= {name: _text(draw) for name in draw.sample(HEADERS, draw.randint(1, 4))}


def _as_fragment(attack: Attack, draw: random.Random, world: World) -> None:
    attack.headers["HX-Request"] = "true"


def _bend_cookies(attack: Attack, draw: random.Random, world: World) -> None:
    hostile = (
        *(quote_from_bytes(one[:3000]) for one in PAYLOADS),
        '"aaaaaaaaaa\\000b"',
        '"\\377\\073"',
        "a" * 32,
        "\x00" * 9,
    )
    attack.cookies |= {name: draw.choice(hostile) for name in draw.sample(COOKIES, draw.randint(1, 2))}


def _bend_body(attack: Attack, draw: random.Random, world: World) -> None:
    if attack.method in ("GET", "HEAD"):
        return
    attack.content_type = draw.choice((attack.content_type, *TYPES))
    if draw.random() < 0.4:
        attack.body = draw.choice(
            (_payload(draw, long=0.2), b"&".join(b"a%d=1" % n for n in range(300)), b"=&=&=", b"%")
        )


Act = Callable[[Attack, random.Random, World], None]
ACTS: tuple[Act, ...] = (_bend_path, _bend_query, _bend_headers, _as_fragment, _bend_cookies, _bend_body)


class Forms(HTMLParser):
    """Every form of a page: where it leads and what it sends."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.here = here
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action") or self.here, {}))
        elif tag in ("input", "select", "textarea", "button") and self.found and given.get("name"):
            self.found[-1][1].setdefault(given["name"], given.get("value", ""))


class Injected(HTMLParser):
    """Whether anything of ours became markup: an element, a handler, a script of its own, a foreign address."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if MARK in tag:
            self.faults.append(f"element {tag}")
        self.faults += [f"handler {name}" for name in given if name.startswith(("on", MARK))]
        self.faults += [
            f"{name}={given[name]}"
            for name in ("href", "src", "action", "hx-get", "hx-post", "formaction")
            if given.get(name, "").lower().startswith(("javascript:", "//evil", "https://evil", "\\\\evil"))
        ]


def _route_of(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return ""


def forms_of(world: World) -> dict[str, dict[str, str]]:
    """Return what each route's form sends, read from the pages as the owner, a stranger and an operator see them."""
    forms: dict[str, dict[str, str]] = {}
    for route in ROUTES:
        for role in ("owner", "anonymous", "superuser"):
            path = world.address(route)
            page = Forms(path)
            page.feed(b"".join(world.clients[role].get(path)).decode(errors="replace"))
            for action, values in page.found:
                forms.setdefault(_route_of(action), {}).update(values)
    for values in forms.values():
        values.update({name: GOOD[name] for name in values if name in GOOD})
        if "connection" in values:
            values["connection"] = str(world.connection.public_id)
    return forms
