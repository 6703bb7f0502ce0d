"""Every line that the house would log, at DEBUG: where a test looks for what must never be logged."""

import io
import logging
import logging.config
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings as configured


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Give every line that the house's own log set-up writes, with all loggers that are not pinned at DEBUG."""
    stream = io.StringIO()
    loud: dict[str, Any] = deepcopy(configured.LOGGING)
    loud["root"]["level"] = "DEBUG"
    loud["handlers"]["console"]["stream"] = stream
    before = logging.root.handlers[:]
    logging.config.dictConfig(loud)
    for name in ("django", "django.request"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    logging.config.dictConfig(configured.LOGGING)
    logging.root.handlers[:] = before
    for name in ("django", "django.request"):
        logging.getLogger(name).setLevel(logging.NOTSET)
