"""The two roles of the deployment's database, made by its own script on a server of the test's own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from backfuture import keys
from chaos import processes, world
from chaos.processes import free_port

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not world.has_postgres(), reason="no PostgreSQL to start here"),
]


class Server:
    """A server as the deployment's: its superuser owns everything that was there before the roles were."""

    def __init__(self, port: int, directory: Path) -> None:
        self.port, self.directory = port, directory

    def __call__(self, role: str, *statements: str, database: str = "backfuture") -> Any:
        """Run the statements as this role; return the last one's first row."""
        address = f"postgres://{role}@127.0.0.1:{self.port}/{database}"
        with closing(psycopg.connect(address, autocommit=True)) as line:
            for statement in statements:
                answer = line.execute(statement)
            return answer.fetchone() if answer.description else None

    def make_roles(self) -> None:
        told = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "POSTGRES_USER": "postgres",
            "POSTGRES_DB": "backfuture",
            "SECRETS": str(self.directory),
        }
        script = settings.BASE_DIR / "deployment" / "roles.sh"
        subprocess.run(["sh", script], env={"PATH": os.environ["PATH"], **told}, check=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("roles")
    keys.make_deployment(directory)
    port = free_port()
    process = processes.postgres(directory, port)
    assert process is not None
    process.start()
    try:
        server = Server(port, directory)
        server("postgres", "CREATE DATABASE backfuture", database="postgres")
        server("postgres", "CREATE TABLE from_before (x int)", "INSERT INTO from_before VALUES (1)")
        server.make_roles()
        # Once more does no harm.
        server.make_roles()
        yield server
    finally:
        process.kill()


@pytest.mark.parametrize("role", ["backfuture_owner", "backfuture_app"])
def test_neither_role_may_more_than_its_tables(server: Server, role: str) -> None:
    powers = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication FROM pg_roles"

    assert server(role, f"{powers} WHERE rolname = current_user") == (False,)


def test_the_owner_takes_over_what_was_there_and_migrates(server: Server) -> None:
    server("backfuture_owner", "ALTER TABLE from_before ADD y int", "CREATE TABLE made (x int)")

    assert server("backfuture_owner", "SELECT x FROM from_before") == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT x FROM from_before",
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "DROP TABLE from_before",
        "ALTER TABLE from_before DISABLE TRIGGER ALL",
        "SET ROLE backfuture_owner",
        "COPY from_before TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/hostname')",
        "CREATE ROLE another",
    ],
)
def test_the_application_may_nothing_that_it_was_not_granted(server: Server, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        server("backfuture_app", statement)


def test_both_have_passwords_of_their_own(server: Server) -> None:
    addresses = [(server.directory / name).read_text() for name in ("database_url", "database_owner_url")]
    passwords = [(server.directory / f"database_{role}_password").read_text().strip() for role in ("app", "owner")]

    assert all(f":{password}@" in address for password, address in zip(passwords, addresses, strict=True))
    assert len({*passwords, (server.directory / "database_password").read_text().strip()}) == 3
    kept = "SELECT count(*) FROM pg_authid WHERE rolname LIKE 'backfuture%' AND rolpassword LIKE 'SCRAM-SHA-256$%'"
    assert server("postgres", kept) == (2,)
