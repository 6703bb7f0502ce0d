"""What somebody reads in a page or a template: its text, and the attributes that are read aloud or shown."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

from django.template.base import Lexer, Token, TokenType

# Read aloud, shown on hover, in an empty box, beside a cell on a phone, or said by app.js.
READ = {"aria-label", "title", "placeholder", "alt", "data-label", "data-what", "data-wrong", "data-swapped"}
SAID = {"data-now", "data-copied", "data-select", "data-away", "data-failed"}
LETTER = re.compile(r"[^\W\d_]")
# No language of people: what the machine reads, and drawings.
SILENT = {"script", "style", "svg"}
EMPTY = {"area", "br", "col", "hr", "img", "input", "link", "meta", "path", "source", "use", "wbr"}


class Piece(NamedTuple):
    """One text, or one attribute of a tag, with the tag around it. A code example says that it is one by its tag."""

    tag: str
    name: str
    text: str
    is_code: bool

    def __str__(self) -> str:
        return f"<{self.tag}> {self.name}: {' '.join(self.text.split())}"


class Reader(HTMLParser):
    """Collect all pieces of a page, in their order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_code = tag in {"code", "kbd", "samp"} or given.get("translate") == "no"
        self.pieces += [
            Piece(tag, name, value, is_code) for name, value in given.items() if is_read(tag, name, given) and value
        ]
        if tag not in EMPTY:
            self.open.append((tag, is_code))

    def handle_endtag(self, tag: str) -> None:
        # A template may close what another one opened.
        if any(one == tag for one, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        around = [tag for tag, _ in self.open]
        if not SILENT.intersection(around):
            self.pieces.append(Piece(around[-1] if around else "", "text", data, any(code for _, code in self.open)))


def is_read(tag: str, name: str, given: dict[str, str]) -> bool:
    if tag == "meta":
        return name == "content" and given.get("name") == "description"
    if tag == "input" and name == "value":
        return given.get("type") in {"submit", "button", "reset"}
    return name in READ | SAID


def pieces_of(html: str) -> list[Piece]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.pieces


# In the place of what a tag draws: white to a parser of HTML, so that it may stand between attributes, and no letter.
DRAWN = "\x1f"
# Words as arguments of tags: of include, and what stands for nothing. _("…") is a message and fits neither.
GIVEN = re.compile(r"""\b(?:help|hint|label|save|sub|title|told|unit)=(["'])(?P<words>.*?)\1""")
INSTEAD = re.compile(r"""\|(?:default|default_if_none|yesno):(["'])(?P<words>.*?)\1""")


def untranslated(source: str) -> Iterator[str]:
    """Yield what a template says without gettext, and plurals that only English makes so."""
    text = ""
    for token in bare(source):
        if token.token_type is TokenType.TEXT:
            text += token.contents
            continue
        text += DRAWN
        words = [found["words"] for pattern in (GIVEN, INSTEAD) for found in pattern.finditer(token.contents)]
        yield from (f"{token.contents}: {one}" for one in words if LETTER.search(one))
        if "|pluralize" in token.contents:
            yield f"{token.contents}: use blocktranslate count"
    for piece in pieces_of(text):
        if LETTER.search(piece.text) and not piece.is_code:
            yield str(piece).replace(DRAWN, "…")


def bare(source: str) -> Iterator[Token]:
    """Yield the tokens of a template without its comments, without what is translated, and without names of classes."""
    end = ""
    for token in Lexer(source).tokenize():
        name = token.contents.split()[0] if token.token_type is TokenType.BLOCK else ""
        if token.token_type is TokenType.COMMENT or (end and name != end):
            continue
        end = f"end{name}" if name in {"blocktranslate", "comment"} else ""
        if token.contents == "block page_class":
            end = "endblock"
        yield token
