"""Sentences of a room that knows no Django: marked for catalogues here, put into a language where they are shown."""

from collections.abc import Callable
from string import Formatter
from typing import Any, Self


def gettext_noop(text: str) -> str:
    """Leave a sentence as it is, and let makemessages find it."""
    return text


class Sentence(str):
    """A sentence with its values in its places, in English, that still knows both.

    What is kept of it as JSON can be said in any language later, when it is known who reads it.
    """

    pattern: str
    values: dict[str, object]

    def __new__(cls, pattern: str, **values: object) -> Self:
        """Fill the places in braces of `pattern`; a value may be a sentence itself."""
        sentence = super().__new__(cls, pattern.format(**values))
        places = {name for _, name, _, _ in Formatter().parse(pattern)}
        sentence.pattern = pattern
        sentence.values = {name: value for name, value in values.items() if name in places}
        return sentence

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def as_json(self) -> list[object]:
        values = {
            name: value.as_json() if isinstance(value, Sentence) else str(value) for name, value in self.values.items()
        }
        return [self.pattern, values]


def retold(said: Any, translate: Callable[[str], str], *, instead: str) -> str:
    """Say what as_json gave in the language of `translate`; `instead` stands for what cannot be read."""
    try:
        pattern, values = said
        told = {
            name: retold(one, translate, instead="") if isinstance(one, list) else one for name, one in values.items()
        }
        return translate(pattern).format(**told)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return instead
