"""What people are told of, and how much each kind wants of them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.choices import MessageLevel


@dataclass(frozen=True)
class MessageKind:
    """`label` stands beside the switch of the kind. `is_usual`: a new channel has it switched on."""

    code: str
    level: MessageLevel
    label: Promise
    is_usual: bool = True


TEST = MessageKind("test", MessageLevel.NEEDS_YOU, _("A test that you asked for"))
# Not told, since nobody switches it: the test.
KINDS = (
    MessageKind("connection.refused", MessageLevel.NEEDS_YOU, _("A key is refused, or may do more than it should")),
    MessageKind("connection.lost", MessageLevel.NEEDS_YOU, _("A connection is not proven any more, or is again")),
    MessageKind("key.ends", MessageLevel.NEEDS_YOU, _("A key ends in 30, 14, 7, 3 or 1 days")),
    MessageKind("bot.halted", MessageLevel.NEEDS_YOU, _("A bot is halted, also where coins are missing")),
    MessageKind("channel.ended", MessageLevel.NEEDS_YOU, _("A browser takes no messages any more")),
    MessageKind("exit.refused", MessageLevel.NEEDS_YOU, _("The exchange refuses an exit")),
    MessageKind("group.opened", MessageLevel.TRADING, _("A group is opened")),
    MessageKind("group.added", MessageLevel.TRADING, _("A group is added to"), is_usual=False),
    MessageKind("group.recovery", MessageLevel.TRADING, _("A group goes into Recovery Mode, or out of it")),
    MessageKind("group.closed", MessageLevel.TRADING, _("A group is closed, with its result")),
    MessageKind("summary.daily", MessageLevel.SUMMARY, _("Each morning: what was made the day before"), is_usual=False),
    MessageKind("summary.weekly", MessageLevel.SUMMARY, _("Each Monday: what was made in the week before")),
)
BY_CODE = {kind.code: kind for kind in (*KINDS, TEST)}
USUAL = tuple(kind.code for kind in KINDS if kind.is_usual)
# Who asked for nothing gets a mail when something needs them.
BY_MAIL = tuple(kind.code for kind in KINDS if kind.level == MessageLevel.NEEDS_YOU)
