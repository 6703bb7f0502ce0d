"""A request as it arrives: what is too long is refused as soon as that is seen."""

import io
import time
from typing import Any

from waitress.parser import HTTPRequestParser
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from front.limits import Patience


class AddressTooLong(Error):  # type: ignore[misc]  # waitress ships no types
    code = 414
    reason = "URI Too Long"


class TooLate(Error):  # type: ignore[misc]
    code = 408
    reason = "Request Timeout"


class Busy(Error):  # type: ignore[misc]
    code = 503
    reason = "Service Unavailable"


class Counted:
    """Stands in for the buffer of a body that nobody will read."""

    def append(self, data: bytes) -> None:
        """Let it go."""

    def __len__(self) -> int:
        return 0

    def getfile(self) -> io.BytesIO:
        return io.BytesIO()

    def close(self) -> None:
        """Nothing is held."""


class ClientRequest(HTTPRequestParser):  # type: ignore[misc]
    # waitress names it in its log lines, also where no head could be read.
    path = ""
    _is_looked_at = False

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.limits: Patience = adj.limits
        self.begun = time.monotonic()

    def received(self, data: bytes) -> int:
        taken = int(super().received(data))
        if self.headers_finished and not self._is_looked_at and not self.error:
            self._is_looked_at = True
            self._look()
        if self.chunked and not self.error and self.body_bytes_received > self.limits.kept_body_bytes:
            # Its length was not told, so that the application could not refuse it by that.
            self._refuse(RequestEntityTooLarge("chunks"))
        return taken

    def _look(self) -> None:
        if self.empty:
            return
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            # Somebody before us may see the end of this request elsewhere, and somebody else's begin there. What is
            # left of the first are chunks of HTTP/1.0, which has none.
            self._refuse(BadRequest("its end is told twice"))
        elif len(self.request_uri) > self.limits.address_bytes:
            self._refuse(AddressTooLong("address"))
        elif len(self.headers) > self.limits.fields:
            self._refuse(RequestHeaderFieldsTooLarge("fields"))
        elif self.content_length > self.limits.kept_body_bytes and self.body_rcv is not None:
            self.body_rcv.buf = Counted()

    def _refuse(self, error: Error) -> None:
        self.error = error
        self.completed = True

    def is_late(self, now: float) -> bool:
        patience = self.limits.request_seconds if self.headers_finished else self.limits.head_seconds
        return now - self.begun > patience
