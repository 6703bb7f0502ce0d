"""unpark: let bots go on that a fault of ours halted, once it is mended."""

from django.core.management.base import BaseCommand

from accounts.by import PRODUCT
from strategies.models import Bot
from strategies.runner import parking


class Command(BaseCommand):
    help = "Let parked bots close what they hold at once, and go on whole with the next test that passes."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{parking.let_go_on(Bot.objects.all(), by=PRODUCT)} bots go on.")
