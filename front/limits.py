"""How much of its time and room a client gets before it is sent away."""

import os
from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True, kw_only=True)
class Patience:
    # A process is one interpreter: with a single one, people wait for the pages of others.
    processes: int = 2
    threads: int = 8
    # Above it the connection that has kept us waiting longest makes room for the new one.
    connections: int = 500
    # Requests that wait for a thread, a few seconds of work; all others are told to come back. Two hundred clients that
    # ask in the same moment are no reason yet.
    waiting: int = 256
    head_bytes: int = 16 * KIB
    address_bytes: int = 4 * KIB
    fields: int = 60
    # The application refuses what is larger, so that it is counted and not kept.
    kept_body_bytes: int = 64 * KIB
    # What is larger still is refused before it is read.
    body_bytes: int = KIB * KIB
    head_seconds: float = 10.0
    # Head and body together.
    request_seconds: float = 30.0
    # From the first byte of an answer that the client has not taken, and between two that it takes.
    answer_seconds: float = 120.0
    stalled_seconds: float = 20.0
    idle_seconds: float = 15.0
    # So long a refused client may go on sending before it is cut off; without it, it would miss the answer.
    lingering_seconds: float = 2.0
    # So long a new client is waited for when the process ends.
    question_seconds: float = 1.0
    # What has begun is finished within this time before the process ends; below the supervisor's patience.
    ending_seconds: float = 6.0


def limits_of_environment() -> Patience:
    """Return the limits of this installation; raises ValueError for a size that is none."""
    return Patience(
        processes=_size("WEB_PROCESSES", Patience.processes),
        threads=_size("WEB_THREADS", Patience.threads),
        connections=_size("WEB_CONNECTIONS", Patience.connections),
    )


def _size(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if text and not (text.isdecimal() and int(text) > 0):
        raise ValueError(f"{name} must be a whole number above 0")
    return int(text or default)
