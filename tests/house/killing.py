"""The worker with a fault in it: a step of the bot "Killer" ends the process, as running out of memory does."""

import os
import runpy
import signal

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backfuture.settings")
    django.setup()
    from strategies.models import Bot
    from strategies.runner import step

    decide = step._decide

    def decide_or_die(bot: Bot, *rest: object) -> object:
        if bot.name == "Killer":
            os.kill(os.getpid(), signal.SIGKILL)
        return decide(bot, *rest)  # type: ignore[arg-type]

    step._decide = decide_or_die  # type: ignore[assignment]
    runpy.run_module("backfuture.worker", run_name="__main__")
