"""One rule for all that widens what may happen: a fresh sign-in, and no freeze of the account.

The table names each act. Flows ask `allow`, in the transaction that acts, where it is known whether an act widens; at
pages that are not ours, and at forms that take secrets, the middleware asks. Narrowing never asks: to disable, pause,
close, lower, delete or sign out works with an old session too.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts import freeze
from accounts.by import By
from accounts.models import User


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What acts of a kind have in common.

    `always`: every POST at its routes is one; elsewhere the flow decides. `takes_secrets`: the form there is shown only
    after a fresh sign-in. `is_freezable`: not while the account is frozen either. `needs_factor`: only a second factor
    confirms it. `by_mail`: a mailed code does too, for who has no second factor.
    """

    always: bool = False
    takes_secrets: bool = False
    is_freezable: bool = True
    needs_factor: bool = False
    by_mail: bool = False


RISK = Kind(by_mail=True)
KEY = Kind(always=True, takes_secrets=True, by_mail=True)
# Letting coins go, and a group out of its stricter rules, puts nothing new at work: a frozen account may need both.
WAY_OUT = Kind(is_freezable=False, by_mail=True)
# The freeze follows from some of these, and the owner needs each to get the account back in hand.
ACCOUNT = Kind(always=True, is_freezable=False)
WAY_IN = Kind(always=True, takes_secrets=True, is_freezable=False)
# What operators do to others. It is their own account that a freeze counts of; the command line goes on.
OPERATORS = Kind(needs_factor=True)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that widens what may happen.

    `routes` are the names of the addresses it is done at. Of what was posted to one that takes secrets only the fields
    `keeps` are kept.
    """

    code: str
    title: Any
    routes: tuple[str, ...]
    kind: Kind = RISK
    keeps: tuple[str, ...] = ()


KEY_ADDED = Act(
    code="key_added",
    title=_("Add a key"),
    routes=("connection_add_exchange", "connection_add_practice"),
    keeps=("name", "market", "venue"),
    kind=KEY,
)
KEY_REPLACED = Act(code="key_replaced", title=_("Replace a key"), routes=("connection_replace",), kind=KEY)
CHANNEL_ADDED = Act(code="channel_added", title=_("Send messages to a new place"), routes=("channel_add",), kind=KEY)
LOSS_CAP_RAISED = Act(code="loss_cap_raised", title=_("Raise the loss cap"), routes=("connection_loss_cap",))
BOT_ENABLED = Act(code="bot_enabled", title=_("Enable a live bot"), routes=("bot_enable", "bots_together"))
BOT_RAISED = Act(code="bot_raised", title=_("Let a live bot risk more"), routes=("bot_edit",))
BOT_UNPAUSED = Act(code="bot_unpaused", title=_("End the pause of a live bot"), routes=("bot_pause", "bots_together"))
TRADER_UNPAUSED = Act(code="trader_unpaused", title=_("End the pause of all your bots"), routes=("trader_pause",))
SIGNAL_ADDRESS = Act(code="signal_address", title=_("Make a signal address"), routes=("bot_signal_address",))
GROUP_RELEASED = Act(code="group_released", title=_("Release a group"), routes=("group_release",), kind=WAY_OUT)
RECOVERY_ENDED = Act(code="recovery_ended", title=_("End Recovery Mode"), routes=("group_recovery",), kind=WAY_OUT)
GROUP_OPENED = Act(code="group_opened", title=_("Open a group now"), routes=("bot_open",))
COINS_ADOPTED = Act(code="coins_adopted", title=_("Adopt coins"), routes=("bot_adopt",))
GROUP_ADDED = Act(code="group_added", title=_("Buy more for a group"), routes=("group_add",))
EXITS_MOVED = Act(code="exits_moved", title=_("Move a group’s exits away"), routes=("group_exits",))
ADDRESS_CHANGED = Act(
    code="address_changed", title=_("Change your e-mail addresses"), routes=("account_email",), kind=ACCOUNT
)
PASSWORD_CHANGED = Act(
    code="password_changed",
    title=_("Change your password"),
    routes=("account_change_password", "account_set_password"),
    kind=WAY_IN,
)
FACTOR_CHANGED = Act(
    code="factor_changed",
    title=_("Change your second factors"),
    routes=(
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
    ),
    kind=WAY_IN,
)
# These widen nothing; what they give away or end is worth the question.
ACCOUNT_EXPORTED = Act(
    code="account_exported", title=_("Take your data along"), routes=("account_export",), kind=ACCOUNT
)
ACCOUNT_CLOSED = Act(code="account_closed", title=_("Close the account"), routes=("account_close",), kind=ACCOUNT)
RANK_RAISED = Act(
    code="rank_raised",
    title=_("Let somebody do more"),
    routes=("admin:accounts_user_change", "operators_person"),
    kind=OPERATORS,
)
KILL_SWITCH_EASED = Act(
    code="kill_switch_eased",
    title=_("Ease the kill switch"),
    routes=("admin:kill_switch", "admin:stop_exchange", "admin:stop_person"),
    kind=OPERATORS,
)

ACTS = (
    KEY_ADDED,
    KEY_REPLACED,
    CHANNEL_ADDED,
    LOSS_CAP_RAISED,
    BOT_ENABLED,
    BOT_RAISED,
    BOT_UNPAUSED,
    TRADER_UNPAUSED,
    SIGNAL_ADDRESS,
    GROUP_RELEASED,
    RECOVERY_ENDED,
    GROUP_OPENED,
    COINS_ADOPTED,
    GROUP_ADDED,
    EXITS_MOVED,
    ADDRESS_CHANGED,
    PASSWORD_CHANGED,
    FACTOR_CHANGED,
    ACCOUNT_EXPORTED,
    ACCOUNT_CLOSED,
    RANK_RAISED,
    KILL_SWITCH_EASED,
)
BY_CODE = {act.code: act for act in ACTS}
# Those that the middleware asks about before the view is called, by the name of the route.
ALWAYS = {route: act for act in ACTS if act.kind.always for route in act.routes}


class NotFreshError(Exception):
    """The act widens what may happen, and the person has not signed in for a while; nothing was done."""

    def __init__(self, act: Act) -> None:
        super().__init__(act.code)
        self.act = act


def allow(act: Act, owner: User | None, *, by: By) -> None:
    """Return when the act may go on; raises NotFreshError or FrozenError, so that the caller's transaction ends.

    Takes the owner's row, before any other, when the act is one that a freeze forbids; None: it is nobody's. A command
    line and the product itself have no session that could be old.
    """
    is_fresh = by.is_fresh_by_factor if act.kind.needs_factor else by.is_fresh
    if by.user is not None and not (is_fresh or (act.kind.by_mail and by.is_fresh_by_mail)):
        raise NotFreshError(act)
    if act.kind.is_freezable and owner is not None:
        freeze.refuse_while_frozen(owner)
