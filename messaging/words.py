"""The sentences of this room."""

from django.utils.translation import gettext_lazy as _

CHOOSE_MAILS = _("Choose what is mailed, and when")
TEST_TITLE = _("A test of your messages")
TEST_TEXT = _("This is how BackFuture AI reaches you here. Nothing happened, and there is nothing to do.")
ADDED = _("Added, and a test is on its way. It arrives within seconds; if it does not, the reason stands below.")
TESTED = _("A test is on its way. It arrives within seconds; if it does not, the reason stands below.")
SAVED = _("Saved.")
REMOVED = _("Removed. Nothing more is sent there.")
TOO_MANY = _("You have ten channels, and more are not possible. Remove one first.")
ENDED_TITLE = _("{browser} takes no messages any more")
LOST_TITLE = _("This browser gets no more messages")
LOST_TEXT = _("It dropped the address that messages were sent to. Open this to add the browser again.")
ENOUGH_TESTS = _("Ten tests of one channel in an hour are enough. Wait a while, then try again.")
QUIET_HALF = _("Give both ends of the quiet hours, or neither.")
# Why the last message of a channel did not arrive, by the code kept with it.
TROUBLES = {
    "refused": _(
        "The service did not take the last message. We go on trying for a day. Look there whether the bot, webhook or "
        "topic still exists; where it does not, remove this channel and add it anew."
    ),
    "busy": _("The browser’s push service takes nothing at the moment. We go on trying for a day."),
    "not_taken": _(
        "The browser’s push service did not take the last message. We go on trying for a day. If it stays so, remove "
        "this channel, and add this browser anew."
    ),
    "gone": _(
        "Switched off: the browser has forgotten us, because its permission was taken back, its data were cleared or "
        "it got a new address. Open this page in it and add it anew, then remove this channel."
    ),
    "taken": _(
        "Switched off: another account has its messages shown in this browser now, and one shows those of one account."
    ),
    "sealed": _("What opens this channel cannot be opened here. Remove it and add it anew."),
}
