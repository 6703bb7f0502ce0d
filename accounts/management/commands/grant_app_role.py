"""grant_app_role: let the application's role of PostgreSQL work with every table, and only add to the audit trail."""

import re

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from accounts.trail.append_only import EVENTS, TABLES

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Command(BaseCommand):
    help = "Run by the owner of the tables after each migration: ./run grant_app_role backfuture_app"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role")

    def handle(self, *args: object, role: str, **options: object) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles.")
        if not NAME.fullmatch(role):
            raise CommandError("A role's name is of small letters, digits and underscores.")
        statements = [
            f"GRANT USAGE ON SCHEMA public TO {role}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}" for table in TABLES),
            # That an account is gone.
            f"GRANT UPDATE (actor_id) ON {EVENTS} TO {role}",
            f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        self.stdout.write(f"{role} works with every table and only adds to {', '.join(TABLES)}.")
