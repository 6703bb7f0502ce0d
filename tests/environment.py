"""Loaded before the settings are (pytest's -p): tests use invented keys and a directory of their own, never var/."""

import atexit
import os
import shutil
import tempfile


def _directory(worker: str) -> str:
    """Return this process's own var directory; pytest-xdist's workers live inside the first one's."""
    if worker:
        return os.path.join(os.environ["BACKFUTURE_VAR"], worker)  # noqa: PTH118 - a name, not a path yet
    var = tempfile.mkdtemp(prefix="backfuture-")
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    return var


def _database_number(url: str, worker: str) -> str:
    """Give each of pytest-xdist's workers a database of a real Redis to itself."""
    base, _, number = url.rpartition("/")
    return f"{base}/{int(number) + int(worker.removeprefix('gw'))}" if worker else url


_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
os.environ.update(
    BACKFUTURE_VAR=_directory(_worker),
    EMBEDDED="1",
    DEBUG="0",
    SECRET_KEY="only-for-tests-" + "s" * 50,
    FINGERPRINT_KEY="only-for-tests-" + "f" * 50,
    PUBLIC_URL="http://127.0.0.1:8000",
)
# WhiteNoise wants to find the directory that collectstatic would fill.
os.makedirs(os.path.join(os.environ["BACKFUTURE_VAR"], "static"), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH118
if os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = _database_number(os.environ["REDIS_URL"], _worker)
