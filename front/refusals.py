"""What the server answers by itself, where the application is not asked: a sentence, an id, and the house's headers."""

import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

import structlog
from waitress.task import ErrorTask

log = structlog.get_logger(__name__)
Headers = list[tuple[str, str]]
SENTENCES = {
    400: "This request could not be read.",
    408: "This request did not arrive in time.",
    413: "This is larger than what is taken here.",
    414: "This address is too long.",
    431: "The headers of this request are too long.",
    500: "Something went wrong here.",
    501: "Requests sent in this way are not understood here.",
    503: "Too much is being asked at this moment. Try again in a few seconds.",
}
# Of the answer itself, not of the house.
OWN = {"content-type", "content-length", "date", "server", "connection"}


def protection(application: Callable[..., Iterable[bytes]]) -> Headers:
    """Return the headers that the application gives to every answer, by asking whether it is well."""
    given: Headers = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/healthz",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        # What can be refused by the server may have come by HTTPS; browsers ignore the header for it elsewhere.
        "HTTP_X_FORWARDED_PROTO": "https",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
    }

    def start_response(status: str, headers: Headers, exc_info: object = None) -> None:
        given.extend(headers)

    answer = application(environ, start_response)
    list(answer)
    if close := getattr(answer, "close", None):
        close()
    return [(name, value) for name, value in given if name.lower() not in OWN]


class RefusalTask(ErrorTask):  # type: ignore[misc]  # waitress ships no types
    """Say that something is refused, and log it under an id; nothing of what came is told again."""

    def execute(self) -> None:
        error: Any = self.request.error
        request_id = str(uuid.uuid4())
        status = HTTPStatus(error.code)
        log.info("front_refused", status=error.code, request_id=request_id, ip=self.channel.addr[0])
        self.status = f"{status.value} {status.phrase}"
        sentence = SENTENCES.get(status.value, SENTENCES[400])
        body = f"{self.status}\n\n{sentence}\n\nRequest: {request_id}\n".encode()
        self.response_headers += [("Content-Type", "text/plain; charset=utf-8"), *self.channel.server.protection]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.response_headers.append(("Retry-After", "2"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)
