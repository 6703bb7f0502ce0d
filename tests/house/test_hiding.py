"""The web server's own lines hold no token, at its loudest."""

import http.client
import logging
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from re import compile as pattern

import pytest
from django.conf import settings

from backfuture.hiding import HideTokens
from tests.house.services import free_port, wait_until

# For people, or as JSON writes it.
HIDDEN = pattern(r"/signals/(…|\\u2026)")
TOKEN = "cAnArYtOkEn" + "x" * 32
# What the server logs when a client hangs up on its answer, said by hand for an alert's address.
HANGS_UP = (
    "import logging; import backfuture.wsgi; "
    f"logging.getLogger('waitress').info('Client disconnected while serving %s' % '/signals/{TOKEN}/')"
)


def asked(port: int, path: str) -> int:
    """Return the answer's status, 0 when nobody answers."""
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as line:
            line.request("POST", path, b"{}")
            return line.getresponse().status
    except OSError:
        return 0


@pytest.mark.services
def test_the_web_at_its_loudest_writes_no_token(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-W", "ignore", "-m", "front", "backfuture.wsgi"]
    environment = {**os.environ, "DEBUG": "1", "BIND": f"127.0.0.1:{port}"}
    with log.open("wb") as output:
        web = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: asked(port, "/healthz"), "the web")
        statuses = [asked(port, f"/signals/{TOKEN}{rest}") for rest in ("/", "", "/more/", f"/?token={TOKEN}")]
        refused = [asked(port, f"/{way}/{TOKEN}/") for way in ("SIGNALS", "signal", "account//undo", "account/undo")]
    finally:
        web.terminate()
        web.wait(20)

    text = log.read_text()
    assert 0 not in (*statuses, *refused)
    assert len(HIDDEN.findall(text)) >= 2 * len(statuses)
    assert TOKEN not in text


def test_a_long_part_is_cut_out_of_an_address_that_is_none_of_ours() -> None:
    line = ("Not Found: %s", (f"/SIGNALS/{TOKEN}/",))
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, *line, None)

    assert HideTokens().filter(record)
    assert record.getMessage() == "Not Found: /SIGNALS/…/"


def test_a_client_that_hangs_up_leaves_no_token_in_the_log() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HANGS_UP], cwd=settings.BASE_DIR, capture_output=True, text=True
    )

    assert "Client disconnected while serving" in done.stderr
    assert HIDDEN.search(done.stderr)
    assert TOKEN not in done.stderr


@pytest.mark.parametrize("path", ["signals", "account/password/reset/key", "account/confirm-email", "account/undo"])
def test_an_address_that_is_a_secret_is_cut_out_of_a_line(path: str) -> None:
    record = logging.LogRecord("waitress", logging.INFO, "", 0, "serving %s", (f"/{path}/{TOKEN}/",), None)

    assert HideTokens().filter(record)
    assert record.getMessage() == f"serving /{path}/…"
