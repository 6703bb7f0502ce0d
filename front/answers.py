"""What the application answers, as it goes out."""

from typing import Any

from waitress.task import WSGITask


class AnswerTask(WSGITask):  # type: ignore[misc]  # waitress ships no types
    """Answer HEAD by a head alone: Django leaves that to the server, and waitress sends what it is given.

    A proxy that keeps its line to us would take the rest for the answer to the next request, perhaps somebody else's.
    """

    @property
    def is_head_alone(self) -> bool:
        return bool(self.request.command == "HEAD")

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        if self.is_head_alone:
            # It would be sent past us.
            environ.pop("wsgi.file_wrapper", None)
        return environ

    def write(self, data: bytes) -> None:
        super().write(b"" if self.is_head_alone else data)
        if self.is_head_alone:
            # No last chunk either.
            self.chunked_response = False
