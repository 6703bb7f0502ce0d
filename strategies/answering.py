"""Write down what became of a signal."""

from datetime import datetime

from database.prepared import PreparedUpdate, Update, moment, number, text
from strategies.choices import SignalState
from strategies.models import Signal


def answer(signal_id: int, outcome: str, *, now: datetime) -> bool:
    """Return False when somebody else has answered it."""
    return _ANSWERED.run(signal=signal_id, outcome=outcome, at=now) == 1


def _answering() -> Update:
    handled = {"state": SignalState.HANDLED, "outcome": text("outcome"), "handled_at": moment("at")}
    return Signal.objects.waiting().filter(pk=number("signal")), handled


_ANSWERED = PreparedUpdate(_answering)
