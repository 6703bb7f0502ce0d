"""A host that is cut off, or that loses its power, says goodbye to nobody: the database has to find out by itself."""

import pytest
from django.db import connection

from backfuture.environment import AT_THE_SERVER

pytestmark = [pytest.mark.services, pytest.mark.django_db]


def test_the_server_looks_whether_we_are_still_there_and_ends_what_hangs() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a server's matter")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting::int FROM pg_settings WHERE name = ANY(%s)", [list(AT_THE_SERVER)])
        told = dict(cursor.fetchall())

    assert told == AT_THE_SERVER
