"""lockdown: contain a breach. Stop every order, end every way in, freeze or destroy the keys, list the people to tell.

Each step can be done twice, so that a run that was cut off is simply started again.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts import audit, freeze
from accounts.by import PRODUCT
from accounts.models import User, WebSession
from connections import flows as connection_flows
from connections.models import Connection
from strategies.choices import StopLevel
from strategies.models import Bot
from strategies.pages.exports import Cell, as_csv
from strategies.signals import inbox
from strategies.stops import flows as stops

HEAD = ("e-mail", "name", "exchange", "venue", "connection", "account", "key ends in", "entered_utc", "to do")
TO_DO = "Delete this key at the exchange; look through its orders, transfers and withdrawals since it was entered."


@dataclass
class Contained:
    """What a run ended; a second one counts what the first had left."""

    listed: int = 0
    sessions: int = 0
    addresses: int = 0
    accounts: int = 0
    keys: int = 0


def contain(people: Path, *, destroys_keys: bool, tell: Callable[[str], None]) -> Contained:
    """Do all of it, what hurts most first; raises OSError when the list of people cannot be written."""
    done = Contained()
    stops.pause_everybody(StopLevel.ORDERS, by=PRODUCT)
    tell("Every order is stopped, exits too. What is open stays open at the exchanges.")
    done.sessions = WebSession.objects.all().delete()[0]
    audit.record("lockdown.sessions_ended", target="everybody")
    tell(f"{done.sessions} sessions are ended.")
    # Before keys are destroyed: it names them.
    done.listed = _list_people(people)
    tell(f"{done.listed} keys, with their owners to tell, are listed in {people}.")
    for owner in User.objects.order_by("pk").iterator(500):
        with transaction.atomic():
            # Frozen first: after it nobody makes an address any more.
            freeze.freeze(owner, freeze.Because.LOCKDOWN)
            done.addresses += Bot.objects.owned_by(owner).exclude(signal_hash=None).count()
            inbox.end_addresses(owner, by=PRODUCT)
        done.accounts += 1
    tell(f"{done.addresses} signal addresses are ended, {done.accounts} accounts are frozen for a day.")
    for connection in Connection.objects.filter(deleted_at=None).order_by("pk").iterator(500):
        connection_flows.take_back(connection, destroys_key=destroys_keys, by=PRODUCT)
        done.keys += 1
    tell(f"{done.keys} keys are {'destroyed here.' if destroys_keys else 'frozen: none of them counts as proven.'}")
    return done


def _list_people(path: Path) -> int:
    """Write a line for each key that is here, readable by us alone; return how many there are."""
    count = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:

        def rows() -> Iterator[list[Cell]]:
            nonlocal count
            held = Connection.objects.filter(deleted_at=None).exclude(secrets=None).distinct()
            for one in held.select_related("owner").prefetch_related("secrets").order_by("owner__email", "pk"):
                count += 1
                whose: list[Cell] = [one.owner.email, one.owner.display_name]
                where: list[Cell] = [one.spec.name, one.venue, one.name, one.account_uid]
                yield [*whose, *where, one.key_hint, max(key.created_at for key in one.secrets.all()), TO_DO]

        file.writelines(as_csv(HEAD, rows()))
    return count


class Command(BaseCommand):
    help = (
        "Contain a breach: stop all orders, end all sessions and signal addresses, freeze all accounts and keys, and "
        "write the list of people to tell. Start it again when it was cut off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask first")
        parser.add_argument("--destroy-keys", action="store_true", help="destroy our copies too")
        parser.add_argument("--people", type=Path, default=None, help="where the list is written: a new file")

    def handle(self, *args: object, yes: bool, destroy_keys: bool, people: Path | None, **options: object) -> None:
        if not yes and input("This stops every bot and signs everybody out. Type “lockdown”: ") != "lockdown":
            raise CommandError("Nothing was done.")
        path = people or settings.VAR_DIR / f"lockdown-{timezone.now():%Y%m%dT%H%M%SZ}.csv"
        try:
            contain(path, destroys_keys=destroy_keys, tell=self.stdout.write)
        except OSError as error:
            raise CommandError(f"The list of people could not be written to {path}: {error.strerror}.") from None
        self.stdout.write("What to do next is in docs/deployment.md, “A breach”.")
