"""The web server's own lines hold no token, at its loudest."""

import http.client
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from tests.house.services import free_port, wait_until

TOKEN = "cAnArYtOkEn" + "x" * 32


def asked(port: int, path: str) -> int:
    """Return the answer's status, 0 when nobody answers."""
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as line:
            line.request("POST", path, b"{}")
            return line.getresponse().status
    except OSError:
        return 0


@pytest.mark.services
def test_gunicorn_at_its_loudest_writes_no_token(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    loud = ["--log-level", "debug", "--access-logfile", "-", "--capture-output", "--bind", f"127.0.0.1:{port}"]
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", *loud, "backfuture.wsgi"]
    environment = {**os.environ, "DEBUG": "1"}
    with log.open("wb") as output:
        web = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: asked(port, "/healthz"), "the web")
        statuses = [asked(port, f"/signals/{TOKEN}{rest}") for rest in ("/", "", "/more/", f"/?token={TOKEN}")]
    finally:
        web.terminate()
        web.wait(20)

    text = log.read_text()
    assert 0 not in statuses
    assert text.count("/signals/…") >= 2 * len(statuses)
    assert TOKEN not in text
