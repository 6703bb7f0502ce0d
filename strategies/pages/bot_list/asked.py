"""What is asked of the list of bots: by which states it is filtered, by which columns sorted."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from strategies.choices import BotState
from web import asked
from web.asked import ListQuery

WINDING_DOWN, LEFT_ALONE = "winding_down", "left_alone"
STATES = (
    ("", _("All")),
    (BotState.ENABLED, _("Enabled")),
    (WINDING_DOWN, _("Winding down")),
    (BotState.HALTED, _("Halted")),
    (BotState.OFF, _("Off")),
    (LEFT_ALONE, _("Groups left alone")),
)
# The columns that can be sorted by; "" is what needs its trader first.
COLUMNS = ("name", "connection", "groups", "open", "realised")


def read(given: Mapping[str, str]) -> ListQuery:
    return asked.read(given, filters={"state": dict(STATES).__contains__}, columns=COLUMNS)
