"""Where messages are written: a row in the transaction of what they tell, so that neither is there without the other.

Nothing is decided here and nobody is asked: a trade must not wait for it. A worker looks which channels carry it.
"""

from datetime import datetime

from database.prepared import PreparedInsert
from messaging.choices import MessageLevel
from messaging.models import LONGEST_TEXT, LONGEST_TITLE, Message
from workers import wake

SEND = "messaging.send"


def write(
    kind: str,
    *,
    user_id: int,
    title: str,
    text: str = "",
    page: str = "",
    cause: str = "",
    once: str | None = None,
    now: datetime,
) -> None:
    """Write one message down; of those with the same `once` only the first is kept.

    `cause` is what it is about, such as "bot.halted:<id>": of one only the first within an hour leaves the page.
    """
    message = Message(user_id=user_id, kind=kind, page=page, cause=cause or kind, once=once, at=now)
    if message.level == MessageLevel.SUMMARY:
        # What is open and was made stands on the overview: the bell is for what happened.
        message.read_at = now
    message.title, message.text = shorten(title, LONGEST_TITLE), shorten(text, LONGEST_TEXT)
    (_NEW if once is None else _ONCE).run([message])
    if message.level == MessageLevel.NEEDS_YOU:
        # What others say of trades comes with the next beat, a few seconds later; none of it delays an order.
        wake.after_commit(SEND)


_NEW, _ONCE = PreparedInsert(Message), PreparedInsert(Message, ignore_conflicts=True)


def shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
