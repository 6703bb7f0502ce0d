"""What a room above does when a connection goes offline, for tests: write it down, or fail."""

HEARD: list[tuple[int, str]] = []


class ListenerError(Exception):
    pass


def hear(connection_id: int, *, reason: str, is_temporary: bool) -> None:
    HEARD.append((connection_id, reason))


def fail(connection_id: int, *, reason: str, is_temporary: bool) -> None:
    raise ListenerError
