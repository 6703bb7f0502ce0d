"""What a trader reads before an act by hand."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

NOTES = {
    "target.reached": _("This take profit is reached already: the bot sells within seconds."),
    "stop.reached": _("The price is beyond this stop loss already: the bot sells within seconds, also at a loss."),
}


def note(code: str) -> str:
    return gettext(NOTES[code])
