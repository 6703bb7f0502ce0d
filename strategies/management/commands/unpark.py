"""unpark: let go on what a fault of ours stopped, once it is mended: all of it, or one bot's."""

from argparse import ArgumentParser
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.by import PRODUCT
from strategies.models import Bot, Funds, Order
from strategies.runner import parking


class Command(BaseCommand):
    help = (
        "Let parked bots close what they hold at once, and go on whole with the next test that passes; let parked "
        "orders be asked about and parked books be compared at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bot", nargs="?", type=UUID, help="the bot's id, as in the address of its page")

    def handle(self, *args: object, bot: UUID | None, **options: object) -> None:
        bots, orders, funds = Bot.objects.all(), Order.objects.all(), Funds.objects.all()
        if bot is not None:
            bots, orders = bots.filter(public_id=bot), orders.filter(bot__public_id=bot)
            funds = funds.filter(connection__bots__public_id=bot)
            if not bots.exists():
                raise CommandError("No bot has this id.")
        questions = parking.resume_questions(orders, funds)
        self.stdout.write(f"{parking.let_go_on(bots, by=PRODUCT)} bots go on, {questions} questions are asked again.")
