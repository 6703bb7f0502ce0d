"""What an order that is not over waits for, in a sentence."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

WAITS: dict[str, str] = {
    "intended": _("To be sent within ten seconds, if its bot, its connection and the stops still allow it."),
    "sent": _("Sent, and the exchange has not answered yet."),
    "unknown": _("Its answer was lost. We ask the exchange what became of it; its group orders nothing meanwhile."),
    "open": _("Taken by the exchange; it waits for its price."),
    "open_now": _("Taken by the exchange; we ask what it filled."),
    "absent": _("The exchange does not know it. It is sent again if its reason still stands, else it is given up."),
    "canceling": _("We asked the exchange to take it back, and wait until it says so."),
    "end_told": _("The exchange says that it ended with nothing filled. We ask once more before we believe it."),
    "parked": _("Asking about it failed again and again. It is asked about once more, and operators know."),
    "late": _("Given up after it was sent. For an hour we ask whether it arrived after all."),
}


def waits_for(code: str) -> str:
    return gettext(WAITS[code])
