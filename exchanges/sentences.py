"""What guides of exchanges say in sentences: marked for catalogues here, translated by the pages that show it.

This room knows no Django; its tools find `_("…")` as everywhere else.
"""


def gettext_noop(text: str) -> str:
    """Leave a sentence as it is, and let makemessages find it."""
    return text
