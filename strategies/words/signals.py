"""What was done about a signal, where the engine decided nothing."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from strategies.words import reasons

OUTCOMES: dict[str, str] = {
    "order.intended": _("Acted on: an order was written down."),
    "signal.stale": _("Too old when it was looked at: nothing happened."),
    "bot.not_running": _("The bot was not enabled: nothing happened."),
}


def outcome(code: str, *, is_waiting: bool) -> str:
    """Return what became of it; `code` is a reason of the engine's, or one of these."""
    if is_waiting:
        return gettext("Waiting for a worker")
    return gettext(OUTCOMES[code]) if code in OUTCOMES else reasons.reason(code) or gettext("Handled")
