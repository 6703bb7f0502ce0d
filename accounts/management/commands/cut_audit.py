"""cut_audit: take events away that are older than must be kept, and leave a signed mark of where the chain begins."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, models, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, AuditLink
from accounts.trail.append_only import lifted

LEAST_DAYS = 400


class Command(BaseCommand):
    help = "Run by the owner of the tables. Twelve months and more are always kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", type=int, default=LEAST_DAYS, metavar="DAYS")

    def handle(self, *args: object, older_than: int, **options: object) -> None:
        if older_than < LEAST_DAYS:
            raise CommandError(f"The last {LEAST_DAYS} days are kept.")
        limit = timezone.now() - timedelta(days=older_than)
        with transaction.atomic():
            # Up to the last link before the first that is young enough: events are chained nearly in their order.
            young = AuditEvent.objects.filter(at__gte=limit).values("pk")
            first = AuditLink.objects.filter(event_id__in=young).order_by("position").first()
            last = (
                AuditLink.objects.filter(position__lt=first.position).order_by("-position").first() if first else None
            )
            if last is None:
                self.stdout.write("Nothing is old enough.")
                return
            audit.record("audit.cut", target=f"{last.position}:{last.digest}")
            old = AuditLink.objects.filter(position__lte=last.position)
            with lifted(connection):
                # Our own query set refuses it.
                models.QuerySet(AuditEvent).filter(pk__in=old.values("event_id")).delete()
                old.delete()
        self.stdout.write(f"Cut up to position {last.position}.")
