"""The unchanged product as it is deployed, and the exchanges it believes in: who starts, where, with which settings."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi
import psycopg

from backfuture.local.places import socket_path
from chaos import processes
from chaos.control import Control
from chaos.processes import Fork, Forks, Process
from practice.dialects import ALL
from rehearsal import browser, enclosure
from rehearsal.authority import Authority
from rehearsal.browser import Browser
from rehearsal.enclosure import EXCHANGE, Names

# All of them are the namespace's own.
WEB, CONTROL, DATABASE = ("127.0.0.1", 8000), 8100, 5432
# What a program needs of the machine it runs on; nothing else of it is handed on.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TERM")
REAL_NAMES = tuple(host for dialect in ALL for hosts in dialect.hosts.values() for host in hosts)
# Owns the tables and is no superuser, as a worker demands.
ROLE = "backfuture"
# It answers over TLS like everybody, and no exchange is there.
ELSEWHERE = "elsewhere.example"


def settings(var: Path, *, is_postgres: bool) -> dict[str, str]:
    """Return the documented settings of a deployment, and no other."""
    keys = var / "keys"
    made = {
        "EMBEDDED": "0",
        "BACKFUTURE_VAR": str(var),
        "SECRET_KEY_FILE": str(keys / "secret_key"),
        "FINGERPRINT_KEY_FILE": str(keys / "fingerprint_key"),
        "VAULT_PUBLIC_KEY_FILE": str(keys / "vault.pub"),
        "VAULT_PRIVATE_KEYS_DIR": str(keys / "vault"),
        "PUSH_PUBLIC_KEY_FILE": str(keys / "push.pub"),
        "PUSH_PRIVATE_KEY_FILE": str(keys / "push.key"),
        "REDIS_URL": f"redis+socket://{socket_path(var)}",
        "ALLOWED_HOSTS": browser.HOST,
        "CSRF_TRUSTED_ORIGINS": browser.ADDRESS,
        "PUBLIC_URL": browser.ADDRESS,
        "TRUSTED_PROXIES": "1",
        "BIND": ":".join(map(str, WEB)),
        # Nobody answers there: mails wait in their outbox.
        "EMAIL_HOST": "127.0.0.1",
        "SERVER_IPS": EXCHANGE,
        "WORKER_CONCURRENCY": "12",
        "TRADING_LEASE_SECONDS": "2",
        "ORDER_ABSENT_AFTER_SECONDS": "6",
        # One trader enters every kind of key at every exchange.
        "CONNECTIONS_PER_USER": "1000",
        "CHECKS_PER_USER": "1000",
    }
    if is_postgres:
        made["DATABASE_URL"] = f"postgres://{ROLE}@127.0.0.1:{DATABASE}/postgres"
    return made


@contextmanager
def begun(root: Path, *, is_postgres: bool) -> Iterator[dict[str, str]]:
    """Make an empty directory with keys of its own; yield the environment of programs that are to live there."""
    with tempfile.TemporaryDirectory(prefix="backfuture-live-") as directory:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        make = [sys.executable, "manage.py", "make_keys"]
        making = {**kept, "EMBEDDED": "1", "BACKFUTURE_VAR": directory}
        subprocess.run(make, env=making, cwd=root, check=True, stdout=subprocess.DEVNULL)
        yield {**kept, **settings(Path(directory), is_postgres=is_postgres)}


@dataclass
class Certificates:
    """What the exchanges show, and what nobody must believe."""

    good: tuple[Path, Path]
    expired: tuple[Path, Path]
    wrong_name: tuple[Path, Path]
    foreign: tuple[Path, Path]
    bundle: Path


def certify(directory: Path) -> Certificates:
    ours, theirs = Authority("Rehearsal"), Authority("Rehearsal")
    names = [*REAL_NAMES, ELSEWHERE]
    return Certificates(
        good=ours.vouch(names, directory, "good"),
        expired=ours.vouch(names, directory, "expired", ended=True),
        wrong_name=ours.vouch([f"not-{name}" for name in names], directory, "wrong_name"),
        foreign=theirs.vouch(names, directory, "foreign"),
        bundle=ours.write(directory / "authority.pem"),
    )


@dataclass
class Stage:
    """What a scene of the rehearsal has at hand; `victims` are what may be killed."""

    names: Names
    certificates: Certificates
    control: Control
    victims: list[Process | Fork]
    workers: list[Fork]
    log: Path
    _numbers: int = 0

    def trader(self) -> tuple[Browser, str]:
        """Return a new trader's browser, signed in, and the e-mail address."""
        from chaos import stage

        self._numbers += 1
        email, password = f"trader{self._numbers}@example.test", secrets.token_urlsafe(24)
        user = stage.make_trader(email, password)
        trader = Browser(WEB)
        trader.sign_in(email, password)
        # Live bots ask for it; so would the next sign-in, of which there is none.
        stage.give_factor(user)
        return trader, email

    def renew_workers(self) -> None:
        """Start the workers afresh: they know no address and hold no connection any more."""
        for worker in self.workers:
            worker.kill()
            worker.start()


def practice(var: Path, certificates: Certificates) -> Process:
    """Return the practice exchange at all exchanges' real names, as a process of the rehearsal."""
    chain, key = map(str, certificates.good)
    command = [sys.executable, "-m", "practice", "--port", str(CONTROL), "--state", str(var / "practice.sqlite3")]
    command += ["--own-ips", EXCHANGE, "--tls-bind", f"{EXCHANGE}:443", "--tls-cert", chain, "--tls-key", key]
    up = lambda: processes.listens(CONTROL)  # noqa: E731
    return Process("exchange", command, var / "practice.log", is_up=up)


def web(var: Path) -> Process:
    """Return the web as it is deployed: it has the vault's public key alone."""
    command = ["env", "-u", "VAULT_PRIVATE_KEYS_DIR", sys.executable, "-m", "front", "backfuture.wsgi"]
    return Process("web", command, var / "web.log", is_up=lambda: processes.listens(WEB[1]))


@contextmanager
def opened(var: Path, *, is_postgres: bool) -> Iterator[Stage]:
    """Close the namespace, start everything in it, and yield; stop it all afterwards."""
    from django.core.management import call_command

    certificates, names = _enclosed(var)
    bases = [processes.broker(var), practice(var, certificates)]
    # Last made, first started: the broker makes the directory private, into which another user must find the way.
    database = processes.postgres(var, DATABASE) if is_postgres else None
    bases = [database, *bases] if database else bases
    # Packing the static files takes longest, and needs nothing else.
    packing = subprocess.Popen([sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"])
    started: list[Process] = []
    try:
        for part in [*bases, web(var)]:
            if part.name == "web":
                call_command("migrate", verbosity=0)
                packing.wait()
            part.start()
            started.append(part)
            if part is database:
                _make_role()
        with _children(var) as children:
            control = Control(f"http://127.0.0.1:{CONTROL}")
            workers = [child for child in children if child.name == "worker"]
            yield Stage(names, certificates, control, [*bases, *children], workers, var / "workers.log")
    finally:
        for part in reversed(started):
            part.kill()


def _make_role() -> None:
    with psycopg.connect(f"postgres://postgres@127.0.0.1:{DATABASE}/postgres", autocommit=True) as line:
        line.execute(f"CREATE ROLE {ROLE} LOGIN")
        line.execute(f"ALTER DATABASE postgres OWNER TO {ROLE}")
        line.execute(f"ALTER SCHEMA public OWNER TO {ROLE}")


def _enclosed(var: Path) -> tuple[Certificates, Names]:
    """Close the namespace and let all programs in it see our names and believe our authority."""
    enclosure.close()
    certificates, names = certify(var), Names(REAL_NAMES, var / "hosts")
    enclosure.bind(var / "hosts", enclosure.HOSTS)
    enclosure.bind(certificates.bundle, Path(certifi.where()))
    return certificates, names


@contextmanager
def _children(var: Path) -> Iterator[list[Fork]]:
    """Start two workers and the clock."""
    forks = Forks(var / "workers.log")
    children = [Fork("worker", "worker", forks), Fork("worker", "worker", forks), Fork("clock", "beat", forks)]
    try:
        for child in children:
            child.start()
        yield children
        for child in children:
            child.kill()
    finally:
        forks.close()
