"""verify_audit: say whether the audit trail is what was written, and where it is not."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.trail import sealing
from accounts.trail.verify import verify


class Command(BaseCommand):
    help = "Compare the audit trail with its chain and with the anchors outside the database; exit 1 where it differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchors", type=Path, default=settings.AUDIT_ANCHOR_FILE or None)
        parser.add_argument("--without-anchors", action="store_true", help="a cut-off end is then not found")

    def handle(self, *args: object, anchors: Path | None, without_anchors: bool, **options: object) -> None:
        lines: list[str] = []
        if not without_anchors:
            if anchors is None or not Path(anchors).exists():
                raise CommandError("There is no file of anchors: name it with --anchors, or say --without-anchors.")
            lines = Path(anchors).read_text().splitlines()
        report = verify(sealing.in_force(lines))
        told = {"events": report.events, "head": report.head, "anchors": len(lines)}
        if report.broken is not None:
            self.stdout.write(json.dumps({**told, "broken_at": report.broken.position, "why": report.broken.why}))
            raise CommandError(f"The trail is broken at position {report.broken.position}: {report.broken.why}.")
        self.stdout.write(json.dumps({**told, "broken_at": None}))
