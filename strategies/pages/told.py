"""What a trader reads before an act goes on that waited for a fresh sign-in: which bot, which pairs, which key."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.fresh.told import Lines, Teller
from accounts.models import User
from connections.models import Connection
from strategies.choices import StopLevel
from strategies.models import Bot, Group
from strategies.pages.bot_form.form import BotForm, settings_of
from strategies.pages.bot_form.review import review_of
from strategies.pages.bot_list import together
from strategies.pages.hands.exits import AS_BOT
from strategies.stops.state import EVERYBODY, WORDS, StopReach


def _of_connection(connection: Connection) -> Lines:
    where = f"{connection.spec.name}, {connection.get_venue_display()}"
    key = [(_("Key"), f"••••{connection.key_hint}")] if connection.secret else []
    return [(_("Connection"), f"{connection.name} ({where})"), *key]


def _of_bot(bot: Bot) -> Lines:
    return [(_("Bot"), bot.name), (_("Pairs"), ", ".join(bot.pairs)), *_of_connection(bot.connection)]


def _my_bot(user: User, named: Mapping[str, Any]) -> Bot | None:
    return Bot.objects.owned_by(user).for_list().filter(public_id=named["public_id"]).first()


def bot(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    found = _my_bot(user, named)
    return _of_bot(found) if found else []


def edit(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    """Tell every setting that changes, as it is and as it will be."""
    found = _my_bot(user, named)
    if found is None:
        return []
    open_pairs = [group.pair for group in found.groups.open()]
    form = BotForm(typed, owner=user, bot=found, has_groups=bool(open_pairs), initial=settings_of(found))
    lines = _of_bot(found)
    if form.is_valid():
        review = review_of(found.settings, form.settings, open_pairs=open_pairs)
        lines += [(one.label, f"{one.old} → {one.new}") for one in (*review.at_once, *review.only_new)]
    return lines


def opened(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    lines = bot(user, named, typed)
    return [*lines, (_("It opens a group of"), typed.get("pair", "")[:31])] if lines else []


def adopted(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    lines, words = bot(user, named, typed), [typed.get(name, "")[:20] for name in ("quantity", "price")]
    coins = _("%(quantity)s of %(pair)s, paid %(price)s for one")
    told = coins % {"quantity": words[0], "price": words[1], "pair": typed.get("pair", "")[:31]}
    return [*lines, (_("It adopts"), told)] if lines else []


def pause_of_bot(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    return [*bot(user, named, typed), *_level(StopLevel, typed)]


def pause_of_all(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    return [(_("Concerns"), _("all your bots")), *_level(StopLevel, typed)]


def pause_of_everybody(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    """Tell an operator of which of their switches it is, and what it is set to; the page asks for the right to."""
    reach = EVERYBODY
    if "exchange" in named:
        reach = StopReach.at(named["exchange"], named["venue"])
    elif "public_id" in named:
        them = User.objects.filter(public_id=named["public_id"]).first() if user.is_superuser else None
        if them is None:
            return []
        reach = StopReach.of(them)
    return [(_("Concerns"), _("every bot of %s") % reach.name), *_level(lambda word: WORDS[word], typed)]


def _level(read: Any, typed: QueryDict) -> Lines:
    try:
        return [(_("From then on"), str(read(typed.get("level", "-")).label))]
    except (KeyError, ValueError):
        return []


def group(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    found = Group.objects.owned_by(user).for_closing().filter(public_id=named["public_id"]).first()
    if found is None:
        return []
    return [(_("Group"), f"{found.pair}, {found.get_side_display()}"), *_of_bot(found.bot)]


def exits(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    target, stop = (typed.get(name, "")[:20] for name in ("take_profit", "stop_loss"))
    then = [(_("Take profit"), f"{target} %"), (_("Stop loss"), f"{stop} %" if stop else _("none"))]
    if typed.get("confirmed") == AS_BOT:
        then = [(_("From then on"), _("as its bot has them"))]
    lines = group(user, named, typed)
    return [*lines, *then] if lines else []


def added(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    lines = group(user, named, typed)
    return [*lines, (_("It buys at once for"), typed.get("cost", "")[:20])] if lines else []


def loss_cap(user: User, named: Mapping[str, Any], typed: QueryDict) -> Lines:
    found = Connection.objects.owned_by(user).filter(public_id=named["public_id"]).first()
    if found is None:
        return []
    return [*_of_connection(found), (_("All bots together may lose"), f"{typed.get('percent', '')[:20]} %")]


TELLERS: dict[str, Teller] = {
    "bot_enable": bot,
    "bot_edit": edit,
    "bot_open": opened,
    "bot_adopt": adopted,
    "bot_pause": pause_of_bot,
    "bots_together": together.told,
    "trader_pause": pause_of_all,
    "bot_signal_address": bot,
    "group_release": group,
    "group_recovery": group,
    "group_add": added,
    "group_exits": exits,
    "connection_loss_cap": loss_cap,
    "admin:kill_switch": pause_of_everybody,
    "admin:stop_exchange": pause_of_everybody,
    "admin:stop_person": pause_of_everybody,
}
