"""How varied a password is: long ones that repeat, count up or string together the commonest words are guessed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts import wording

ENOUGH_PARTS = 5
SHORTEST_WORD, LONGEST_WORD = 4, 20
SHORTEST_ROW = 3
ROWS = ("12345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop")
ROWS_BOTH_WAYS = (*ROWS, *(row[::-1] for row in ROWS))


class VariedPasswordValidator:
    """Count the different parts of a password: a common word, a row of keys or a character repeated counts as one."""

    def __init__(self) -> None:
        common = CommonPasswordValidator().passwords
        self.words = {word for word in common if SHORTEST_WORD <= len(word) <= LONGEST_WORD} | {"backfuture"}

    def validate(self, password: str, user: Any = None) -> None:
        text = password.casefold()
        once = "".join(one for place, one in enumerate(text) if one != text[place - 1 : place])
        if min(len(self.parts(text)), len(self.parts(once))) < ENOUGH_PARTS:
            raise ValidationError(wording.PASSWORD_TOO_SIMPLE, code="password_too_simple")

    def parts(self, text: str) -> set[str]:
        """Return the different parts of a text, the longest known ones first from its left."""
        found, place = set[str](), 0
        while place < len(text):
            part = self._part_at(text, place)
            found.add(part)
            place += len(part)
        return found

    def _part_at(self, text: str, place: int) -> str:
        for length in range(LONGEST_WORD, SHORTEST_ROW - 1, -1):
            part = text[place : place + length]
            if part in self.words or any(part in row for row in ROWS_BOTH_WAYS):
                return part
        return text[place]

    def get_help_text(self) -> str:
        return str(wording.PASSWORD_RULE)
