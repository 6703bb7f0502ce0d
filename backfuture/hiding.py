"""What the web server and Django themselves may not log: addresses whose last part is as good as a password."""

import logging
from re import compile as pattern

from web.middleware import LONG_PART

TELLING = pattern(r"(/signals/|/account/(?:password/reset/key|confirm-email|undo)/)[^\s\"']+")


class HideTokens(logging.Filter):
    """Cut such addresses out of a line before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        hidden = LONG_PART.sub("…", TELLING.sub(r"\1…", line))
        if hidden != line:
            record.msg, record.args = hidden, ()
        return True


def hide_tokens(*names: str) -> None:
    """Let these loggers hide them, whatever their level and wherever they write."""
    for name in names:
        logging.getLogger(name).addFilter(HideTokens())
