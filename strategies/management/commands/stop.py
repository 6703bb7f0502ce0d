"""stop: the kill switch for when the web is down; without a level it says where it stands."""

from django.core.management.base import BaseCommand, CommandParser

from accounts.by import PRODUCT
from strategies.stops import flows, state


class Command(BaseCommand):
    help = "Stop everybody's bots: none (let them go on), entries, add_ons, orders. Holds for the next order already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "level",
            nargs="?",
            choices=state.WORDS,
            help="; ".join(f"{word}: {meaning}" for word, meaning in state.MEANINGS.items()),
        )

    def handle(self, *args: object, level: str | None, **options: object) -> None:
        if level is not None:
            flows.pause_everybody(state.WORDS[level], by=PRODUCT)
        now = state.standing()
        since = f", since {now.since:%Y-%m-%d %H:%M:%S} UTC" if now.since else ""
        self.stdout.write(f"{now.level.label} ({now.word}){since}. {now.touched}")
