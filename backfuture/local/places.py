"""Where the embedded parts meet: sockets, ports and locks."""

import fcntl
import hashlib
import os
import socket
import tempfile
from pathlib import Path

# A unix socket's path may have 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 100


def socket_path(var: Path) -> Path:
    """Return the broker's socket: in var/, or in a short private directory when var's path is too long."""
    path = var / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(var)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"backfuture-{os.getuid()}-{name}" / "valkey.sock"


def make_private(directory: Path) -> None:
    """Create a directory that only we may enter; raises PermissionError when somebody else owns it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid != os.getuid():
        raise PermissionError(f"{directory} belongs to somebody else")
    directory.chmod(0o700)


def take_lock(path: Path) -> int | None:
    """Return the descriptor that holds the lock, or None when another process does; it ends with its last holder."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def listen(first: int) -> socket.socket:
    """Listen on the first free loopback port at or after `first`; raises OSError when fifty in a row are taken."""
    for port in range(first, first + 50):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError(f"no free port between {first} and {first + 49}")


def free_port(first: int, *, but: int) -> int:
    """Return a free loopback port at or after `first`, never the one already promised."""
    while True:
        with listen(first) as listener:
            port = int(listener.getsockname()[1])
        if port != but:
            return port
        first = port + 1
