"""No worker starts over a database that may forget in a crash what it has committed."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection

from backfuture import durability, preparation

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
# Of each database: how its commits may be lost in a crash, how not, and how it says so.
FORGETTING = {
    "sqlite": ("PRAGMA synchronous=1", "PRAGMA synchronous=2", "synchronous=1"),
    "postgresql": ("SET synchronous_commit=off", "RESET synchronous_commit", "synchronous_commit=off"),
}
# What is told to Django's connection for that.
OPTIONS = {
    "sqlite": {"init_command": "PRAGMA synchronous=0;"},
    "postgresql": {"options": "-c synchronous_commit=off"},
}
START = """
import django; django.setup()
from django.db import connection
connection.settings_dict["NAME"] = {name!r}
connection.settings_dict["OPTIONS"].update({options!r})
from backfuture import worker; worker.main()
"""


@pytest.fixture
def forgetful() -> Iterator[str]:
    off, on, told = FORGETTING[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(off)
        yield told
        cursor.execute(on)


def test_our_own_settings_forget_nothing() -> None:
    assert durability.forgetful_setting() == ""


def test_the_setting_that_forgets_is_named_and_the_worker_ends(forgetful: str) -> None:
    assert durability.forgetful_setting() == forgetful
    with pytest.raises(SystemExit, match=f"set to {forgetful}"):
        preparation.prepare()


def test_the_workers_process_does_not_start() -> None:
    program = START.format(name=str(connection.settings_dict["NAME"]), options=OPTIONS[connection.vendor])
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "backfuture.settings"}

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert "does not start until that is set back" in done.stderr
