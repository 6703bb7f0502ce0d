"""Why a bot was halted, in plain words: the cause and the one next step, by finding code."""

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


@dataclass(frozen=True)
class Reason:
    """`text` follows "Halted: "; `step` is what the trader does next."""

    text: str
    step: str


_WAIT = _("Nothing to do: we keep testing. Enable the bot again when the connection is Online.")
GOES_ON = _("Nothing to do: we keep testing, and the bot goes on by itself as soon as the connection is Online again.")
_OPEN = _("Open the connection and do what it says; when it is Online, enable the bot again.")
_REPLACE = _("Open the connection and press “Replace key”; when it is Online, enable the bot again.")
_UNTICK = _("Open the connection, make a key with the boxes it names and replace this one; then enable the bot again.")

UNPROVEN = Reason(_("the connection is no longer proven."), _OPEN)
REASONS: dict[str, Reason] = {
    "reach.unavailable": Reason(_("the exchange did not answer several times in a row."), _WAIT),
    "reach.rate_limited": Reason(_("the exchange kept asking us to slow down."), _WAIT),
    "reach.blocked": Reason(_("a firewall kept our server away from the exchange."), _WAIT),
    "reach.unknown_code": Reason(_("the exchange kept refusing with a code that we do not know yet."), _OPEN),
    "reach.unreadable": Reason(_("the exchange kept sending answers that prove nothing."), _WAIT),
    "reach.clock": Reason(_("the exchange kept refusing the time of our requests."), _WAIT),
    "reach.unfinished": Reason(_("we could not finish our checks; this is our fault, not the key’s."), _WAIT),
    "reach.region": Reason(_("the exchange does not serve the country our server stands in."), _OPEN),
    "key.invalid": Reason(_("the exchange no longer accepts the key."), _REPLACE),
    "key.secret_wrong": Reason(_("the secret does not belong to the key."), _REPLACE),
    "key.passphrase_wrong": Reason(_("the exchange refuses the passphrase."), _REPLACE),
    "key.malformed": Reason(_("the exchange cannot read the key."), _REPLACE),
    "key.expired": Reason(_("the key has expired."), _REPLACE),
    "key.frozen": Reason(_("the exchange has frozen the key."), _OPEN),
    "key.wrong_site": Reason(_("the key was made on another site of the exchange."), _REPLACE),
    "key.unsealable": Reason(_("the stored key cannot be opened."), _REPLACE),
    "account.restricted": Reason(_("the exchange has restricted the account."), _OPEN),
    "account.unproven": Reason(
        _("its key was replaced meanwhile, and the exchange does not tell whose the new one is."),
        _("See that it was made in the same account, then enable the bot again."),
    ),
    "lockdown": Reason(
        _("the operators stopped everything because of a breach."),
        _("Read their message, make a new key at the exchange and press “Replace key”; then enable the bot again."),
    ),
    "account.taken": Reason(_("somebody else has connected the account already."), _OPEN),
    "account.twice": Reason(
        _("another connection of yours reaches the same account."), _("Run the bot on that connection.")
    ),
    "account.other": Reason(_("the key belongs to another account than before."), _REPLACE),
    "ip.not_allowed": Reason(_("the key’s IP list does not have our address."), _OPEN),
    "ip.no_list": Reason(_("the key has no IP list, and this exchange needs one here."), _OPEN),
    "right.withdraw": Reason(_("the key can withdraw."), _UNTICK),
    "right.unknown": Reason(_("the key has a right that we do not know."), _UNTICK),
    "right.unproven": Reason(_("the exchange no longer tells what the key may do."), _OPEN),
    "right.transfer": Reason(_("the key can move money inside the exchange."), _UNTICK),
    "right.read_missing": Reason(_("the key may no longer read."), _OPEN),
    "right.trade_missing": Reason(_("the key may no longer trade."), _OPEN),
    "right.futures_missing": Reason(_("the key may no longer trade futures."), _OPEN),
    "access.balances": Reason(_("the balances cannot be read."), _OPEN),
    "access.orders": Reason(_("the status of orders cannot be read."), _OPEN),
    "pass.lapsed": Reason(_("the last pass of the connection is too old."), _OPEN),
    "holdings.missing": Reason(
        _("the account holds less of a coin than the bot bought and did not sell."),
        _("Coins were sold or moved elsewhere. Release the groups they belong to, then enable the bot again."),
    ),
    "fills.above_order": Reason(
        _("the exchange says that more of an order was filled than was ordered."),
        _("Compare the group with the exchange’s own list of trades. Close or release it, then enable the bot again."),
    ),
    "step.killed": Reason(
        _("three times in a row we began to work on it and never came to an end; this is our fault."),
        _(
            "Nothing happens by itself now, not even at a stop loss. Close its groups by hand: that is tried three "
            "times at once, then every ten minutes. Where it does not work, sell at the exchange and release the "
            "group. Enabling the bot lets it try again; we look into it."
        ),
    ),
    "connection.deleted": Reason(
        _("its connection was deleted."), _("Edit the bot and choose another connection, then enable it again.")
    ),
}


def reason_for(code: str, *, goes_on: bool = False) -> Reason:
    """Return the words for a code; one that is not in the table is still told, never hidden."""
    found = REASONS.get(code, UNPROVEN)
    return Reason(gettext(found.text), gettext(GOES_ON if goes_on else found.step))
