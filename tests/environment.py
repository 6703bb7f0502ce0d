"""Loaded before the settings are (pytest's -p): tests use invented keys and a directory of their own, never var/."""

import atexit
import os
import shutil
import tempfile

if "BACKFUTURE_VAR" not in os.environ or "PYTEST_XDIST_WORKER" not in os.environ:
    _var = tempfile.mkdtemp(prefix="backfuture-tests-")
    os.environ["BACKFUTURE_VAR"] = _var
    atexit.register(shutil.rmtree, _var, ignore_errors=True)

os.environ.update(
    EMBEDDED="1",
    DEBUG="0",
    SECRET_KEY="only-for-tests-" + "s" * 50,
    FINGERPRINT_KEY="only-for-tests-" + "f" * 50,
    PUBLIC_URL="http://127.0.0.1:8000",
)
