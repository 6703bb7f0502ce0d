"""Numbers as traders type them: a comma may be a decimal sign, but only where it can mean nothing else."""

import re

from django.utils.translation import gettext

LONGEST = 40
AMBIGUOUS = re.compile(r"([1-9][0-9]{0,2}),([0-9]{3})")
DECIMAL = re.compile(r"(?P<whole>[0-9]*)[.,]?(?P<fraction>[0-9]*)")
# A sign between thousands, and another one, if any, before the decimals.
GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<sign>[.,'])[0-9]{3}(?:(?P=sign)[0-9]{3})*)(?:(?!(?P=sign))[.,](?P<fraction>[0-9]*))?"
)


class NumberError(ValueError):
    """The text is no number that means one thing only; the message is for the trader."""


def plain(text: str) -> str:
    """Return a typed number with a point as its only sign: "1.234,50" and "1 234.5" as "1234.50" and "1234.5".

    Raise NumberError where a comma could be either sign ("1,500"), and for what is no number.
    """
    tight = re.sub(r"\s", "", text).replace("’", "'").removeprefix("+")
    minus, digits = ("-", tight[1:]) if tight.startswith("-") else ("", tight)
    if len(digits) > LONGEST or not re.search(r"[0-9]", digits):
        raise NumberError(gettext("Enter a number."))
    if unclear := AMBIGUOUS.fullmatch(digits):
        one, other = f"{unclear[1]}.{unclear[2]}", f"{unclear[1]}{unclear[2]}"
        text = gettext("“%(typed)s” could mean %(one)s or %(other)s. Type one of these.")
        raise NumberError(text % {"typed": digits, "one": one, "other": other})
    found = DECIMAL.fullmatch(digits) or GROUPED.fullmatch(digits)
    if found is None:
        raise NumberError(gettext("Enter a number."))
    whole = re.sub(r"[.,']", "", found["whole"]) or "0"
    return f"{minus}{whole}.{found['fraction']}" if found["fraction"] else f"{minus}{whole}"
