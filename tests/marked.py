"""A language in which every message stands in brackets: what has none did not go through gettext."""

import gettext as catalogues
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation
from django.utils.translation import trans_real

OPEN, CLOSE = "⟦⟧"
CONTEXT = "\x04"


class Marked(catalogues.NullTranslations):
    """Say everything as it is, in brackets; the plurals are the English ones."""

    def gettext(self, message: str) -> str:
        # The empty message asks for the header of a catalogue.
        return f"{OPEN}{message.rpartition(CONTEXT)[2]}{CLOSE}" if message else ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@contextmanager
def everything_marked() -> Iterator[None]:
    """Speak the marked language in the place of English, for what is rendered inside."""
    known = trans_real._translations  # type: ignore[attr-defined]  # its cache
    kept = known.get("en")
    known["en"] = Marked()
    try:
        with translation.override("en", deactivate=True):
            yield
    finally:
        known.pop("en")
        if kept is not None:
            known["en"] = kept
