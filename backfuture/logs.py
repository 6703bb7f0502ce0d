"""Lines of the log: for people, or one JSON object each; the loggers that print requests and secrets are pinned.

A fault of ours is told by its class and where it happened. What an exception says is never written: it may be a foreign
text, and carry an address or a key.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import EventDict

from backfuture.environment import envstr

# ccxt logs headers and bodies at DEBUG whatever `verbose` says; the HTTP libraries log signed URLs.
# Django's template logger prints whole contexts (links of mails, requests), the database's every parameter.
PINNED = (
    *("ccxt", "ccxt.base.exchange", "urllib3", "requests", "aiohttp", "asyncio", "kombu", "amqp", "redis"),
    *("django.template", "django.db.backends"),
)
# It writes the addresses of channels, which are as good as passwords. Named here, since configuring logging switches
# each logger on that it does not name.
SILENT = ("apprise",)
# A tick every two seconds is no news.
CHATTY = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
HOME = Path(__file__).resolve().parent.parent
# The frames nearest to the fault; a recursion has thousands.
MOST_FRAMES = 25
FIRST = ("timestamp", "level", "logger", "event", "fault", "at")


def told_faults(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Put the class and the places of an exception in the place of it, and take its words out of the line."""
    given = line.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if not isinstance(error, BaseException):
        return line
    causes = list(_chain(error))
    for one in causes:
        if (words := str(one)) and words in str(line.get("event", "")):
            line["event"] = str(line["event"]).replace(words, "…")
    line["fault"] = " < ".join(type(one).__name__ for one in causes)
    line["at"] = [place for one in causes for place in _places(one.__traceback__)]
    return line


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those that led to it, as a traceback would show them."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in reversed(frames)]


def _short(path: str) -> str:
    """Return a path from our own root, or from where packages are: neither tells of the machine."""
    if path.startswith(f"{HOME}/") and "site-packages" not in path:
        return path.removeprefix(f"{HOME}/")
    return path.rpartition("site-packages/")[2].rpartition("/lib/")[2]


def plain(_logger: Any, _method: str, line: EventDict) -> str:
    """Write a line for people; what could break it or steer a terminal is escaped."""
    moment, level, logger = (str(line.get(name, "")) for name in FIRST[:3])
    told = [f"{name}={_shown(value)}" for name, value in line.items() if name not in FIRST]
    fault = [f"  {line['fault']}", *(f"    {place}" for place in line.get("at", ()))] if "fault" in line else []
    head = f"{moment[:19].replace('T', ' ')} {level:<8} {_shown(logger)} {_shown(line.get('event', ''), ' ')}"
    return "\n".join([" ".join([head, *told]), *map(_escaped, fault)])


def _shown(value: Any, also: str = "") -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    is_bare = text.isprintable() and not any(one in text for one in ' "=' if one not in also)
    return text if is_bare and text else _escaped(json.dumps(text, ensure_ascii=False))


def _escaped(text: str) -> str:
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    told_faults,
)
FORMATS: dict[str, Any] = {"json": structlog.processors.JSONRenderer(), "plain": plain}
FORMAT = envstr("LOG_FORMAT", "plain")
if FORMAT not in FORMATS:
    raise ImproperlyConfigured("LOG_FORMAT must be plain or json")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        name: {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            "foreign_pre_chain": list(SHARED),
        }
        for name, renderer in FORMATS.items()
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": FORMAT},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        **{name: {"level": "WARNING"} for name in (*PINNED, *CHATTY)},
        **{name: {"handlers": ["nowhere"], "propagate": False} for name in SILENT},
    },
}

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED,
        structlog.processors.UnicodeDecoder(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def tell_of_threads() -> None:
    """Let a thread that fails be told like any other fault, and not by a traceback with its words."""

    def failed(thread: threading.ExceptHookArgs) -> None:
        logging.getLogger(__name__).error("thread_failed", exc_info=thread.exc_value)

    threading.excepthook = failed
