"""The page of try-out keys, and the same as data."""

from html import escape
from pathlib import Path
from string import Template
from typing import Any

from aiohttp import web

from practice import page_market
from practice.dialect import Dialect
from practice.http.directory import LOCAL, Side
from practice.http.running import Practice
from practice.tryout import Case, cases_of, shown, told

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))


def add_routes(app: web.Application, practice: Practice) -> None:
    seed = practice.world.market.seed

    async def index(request: web.Request) -> web.Response:
        dialects = practice.dialects.values()
        links = "".join(f'<li><a href="#{d.slug}">{escape(d.name)}</a></li>' for d in dialects)
        sections = "".join(_section(practice, d, request) for d in dialects)
        body = PAGE.substitute(links=links, market=page_market.section(practice, request), sections=sections)
        headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=body, content_type="text/html", headers=headers)

    async def keys_json(request: web.Request) -> web.Response:
        return web.json_response({slug: told(dialect, seed) for slug, dialect in practice.dialects.items()})

    async def addresses_json(request: web.Request) -> web.Response:
        return web.json_response({d.slug: _addresses(practice, d, request) for d in practice.dialects.values()})

    app.router.add_get("/", index)
    app.router.add_get("/addresses.json", addresses_json)
    app.router.add_get("/keys.json", keys_json)
    page_market.add_routes(app, practice)


def _parts(practice: Practice, dialect: Dialect, case: Case) -> dict[str, str]:
    parts = shown(dialect, practice.world.market.seed, case)._asdict()
    return parts if dialect.has_passphrase else {name: parts[name] for name in ("api_key", "secret")}


def _addresses(practice: Practice, dialect: Dialect, request: web.Request) -> dict[str, Any]:
    """Tell where this exchange is reached, by side: by which names, by path, and by ports of its own by scheme."""
    here = request.host.partition(":")[0]
    told: dict[str, Any] = {}
    for name, hosts in dialect.hosts.items():
        side = Side(dialect.slug, name)
        own = practice.directory.ports_of(side)
        told[name] = {"names": [*hosts, f"{side.label}{LOCAL}"], "path": f"http://{request.host}/{side.label}"}
        told[name] |= {scheme: f"{scheme}://{here}:{port}" for scheme, port in own.items()}
    return told


def _section(practice: Practice, dialect: Dialect, request: web.Request) -> str:
    rows = "".join(_row(case, _parts(practice, dialect, case)) for case in cases_of(dialect))
    own = [place["http"] for place in _addresses(practice, dialect, request).values() if "http" in place]
    bases = " and ".join(
        f"<code>{escape(base)}</code>" for base in (f"/{dialect.slug}", f"/{dialect.slug}-futures", *own)
    )
    return f'<section id="{dialect.slug}"><h2>{escape(dialect.name)}</h2><p>Base: {bases}</p>{rows}</section>'


LABELS = {"api_key": "Key", "secret": "Secret", "passphrase": "Passphrase"}


def _row(case: Case, parts: dict[str, str]) -> str:
    cells = "".join(f"<dt>{LABELS[name]}</dt><dd><code>{escape(value)}</code></dd>" for name, value in parts.items())
    title = case.name.replace("_", " ").capitalize().replace(" ip", " IP")
    text = case.text[0].upper() + case.text[1:]
    return f"<article><h3>{title}</h3><p>{escape(text)}.</p><dl>{cells}</dl></article>"
