"""The practice exchange as the web asks it for keys and stories: its control, over HTTP."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from connections.errors import ConnectionsError

# A page waits for it; the practice exchange runs beside us.
PATIENCE_SECONDS = 3


class PracticeError(ConnectionsError):
    """The practice exchange did not answer, or not so that it can be used."""


def is_offered() -> bool:
    """Say whether the web may ask the practice exchange: on this machine, or with a token where it runs elsewhere."""
    return bool(settings.PRACTICE_URL and (settings.EMBEDDED or settings.PRACTICE_TOKEN))


def ask(method: str, what: str, /, **data: Any) -> Any:
    """Ask the control of the practice exchange; raises PracticeError, without what was said."""
    address = urlsplit(settings.PRACTICE_URL)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "practice.invalid", address.port, timeout=PATIENCE_SECONDS)
    headers = {"Content-Type": "application/json"}
    if settings.PRACTICE_TOKEN:
        headers["X-Control-Token"] = settings.PRACTICE_TOKEN
    try:
        connection.request(method, f"{address.path}/_control/{what}", json.dumps(data) if data else None, headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 200:
            return json.loads(body)
    except (OSError, http.client.HTTPException, ValueError):
        raise PracticeError(_("The practice exchange does not answer. Try again in a moment.")) from None
    finally:
        connection.close()
    if answer.status == 403:
        raise PracticeError(_("The practice exchange takes nothing from us. Its operator sets PRACTICE_TOKEN."))
    raise PracticeError(_("The practice exchange refused this."))
