"""What traders do with bots, and what happens to bots when their connection can no longer be trusted.

Rows are always locked in the same order: owner, connection, its funds, bot.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django import conf
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit, freeze, sudo
from accounts.by import By
from accounts.models import User
from accounts.person import factors
from connections import proof
from connections.models import Connection, MarketKind, Venue
from strategies.bots import raising, rules
from strategies.choices import BotState
from strategies.errors import BotGoneError as BotGoneError
from strategies.errors import BotsError as BotsError
from strategies.errors import OpenGroupsError as OpenGroupsError
from strategies.errors import RefusedError as RefusedError
from strategies.errors import SettingsError as SettingsError
from strategies.errors import StillEnabledError as StillEnabledError
from strategies.market import wanted
from strategies.models import Bot, BotSettings, Feed, Funds, Group, Instrument, journal
from strategies.models.funds import READ_FOR
from strategies.portfolio import exposure
from strategies.words import sizes
from workers import wake

OWNER_INACTIVE = proof.BotRefusal(code="owner.inactive", text=_("This account is switched off."))
FUTURES_WAIT = proof.BotRefusal(
    code="market.futures", text=_("Bots trade spot only for now. Choose a spot connection for this bot.")
)
BOT_CHANGED = proof.BotRefusal(code="bot.changed", text=_("The bot was changed meanwhile. Look at it and try again."))
MOVED = {**Bot.SWITCHED_OFF, **Bot.NO_ADDRESS}


def add_bot(owner: User, *, settings: BotSettings, by: By) -> Bot:
    """Store a bot, switched off; raises SettingsError."""
    with transaction.atomic():
        User.objects.hold(owner)
        if Bot.objects.owned_by(owner).count() >= conf.settings.BOTS_PER_USER:
            most = conf.settings.BOTS_PER_USER
            text = gettext("You have %(most)d bots, as many as one account may. Delete one first.")
            raise SettingsError("name", text % {"most": most})
        _check_settings(owner, settings, bot=None)
        bot = Bot.objects.create(**_columns(settings))
        audit.record("bot.added", target=bot, by=by)
    return bot


def change_bot(bot: Bot, *, settings: BotSettings, by: By) -> None:
    """Save new settings; raises SettingsError, StillEnabledError, OpenGroupsError (both: moving) or GoneError.

    Where live money is or comes to be at stake, settings that let the bot do more raise what sudo.allow raises. A bot
    that moves is off afterwards: what halted it belonged to the connection it left. Its signal address ends: it was
    made for what the bot could do there. Its groups cannot move: their coins lie in the account where they were bought.
    """
    owner = bot.connection.owner
    with transaction.atomic():
        User.objects.hold(owner)
        fresh = _fresh(bot)
        _check_settings(owner, settings, bot=fresh)
        has_moved = fresh.connection_id != settings.connection.pk
        is_live = not (fresh.connection.is_practice and settings.connection.is_practice)
        if is_live and raising.raised(fresh.settings, settings):
            sudo.allow(sudo.BOT_RAISED, owner, by=by)
        changeable = Bot.objects.filter(pk=bot.pk)
        if has_moved:
            _refuse_open_groups(
                bot, gettext("Close or release its open groups before you move it to another connection.")
            )
            changeable = changeable.not_enabled()
        # It may sleep for minutes by its old settings.
        changes = {**_columns(settings), "step_at": timezone.now()}
        if not changeable.update(**changes, **(MOVED if has_moved else {})):
            raise StillEnabledError(gettext("Disable the bot before you move it to another connection."))
        # What it decides by is as it was: looks back and recounts ask when that was changed.
        is_renamed = fresh.name != settings.name and replace(settings, name=fresh.name) == fresh.settings
        audit.record("bot.renamed" if is_renamed else "bot.changed", target=bot, by=by)


def enable_bot(bot: Bot, *, by: By, only_to_close: bool = False) -> None:
    """Enable a bot if its connection is proven at this very moment and a group could open; raises RefusedError.

    A live one raises what sudo.allow raises. Twice is once. `only_to_close`: it looks after the groups it has, and
    winds down.
    """
    with transaction.atomic():
        if not bot.connection.is_practice:
            sudo.allow(sudo.BOT_ENABLED, bot.connection.owner, by=by)
        refusal = _enable(bot, only_to_close=only_to_close)
        outcome = refusal.code if refusal else "ok"
        if refusal is None:
            _make_ready(bot)
        if only_to_close:
            audit.record("bot.winding_down", target=bot, outcome=outcome, by=by)
        else:
            audit.record("bot.enabled", target=bot, outcome=outcome, by=by)
    if refusal:
        raise RefusedError(refusal)


def disable_bot(bot: Bot, *, by: By) -> None:
    """Switch a bot off, from whatever state; what was halted is forgotten, open groups are left alone.

    Raises GoneError.
    """
    with transaction.atomic():
        if not Bot.objects.filter(pk=bot.pk, deleted_at=None).update(**Bot.SWITCHED_OFF):
            raise BotGoneError(gettext("This bot was deleted."))
        audit.record("bot.disabled", target=bot, by=by)


def wind_down_bot(bot: Bot, *, by: By) -> None:
    """Let a bot open nothing new, look after its open groups, and be off once they are closed. Raises GoneError.

    One that looks after nothing, because it is off or halted, is switched off; so is one without an open group.
    """
    with transaction.atomic():
        here = Bot.objects.filter(pk=bot.pk, deleted_at=None)
        has_groups = Group.objects.open().of_bot(bot).exists()
        if not has_groups or not here.running().update(winding_down_at=timezone.now(), step_at=timezone.now()):
            disable_bot(bot, by=by)
            return
        audit.record("bot.winding_down", target=bot, by=by)


def delete_bot(bot: Bot, *, by: By) -> None:
    """Remove a bot; its orders and journal stay for the books. Raises StillEnabledError, OpenGroupsError or GoneError.

    Its signals have nowhere to go from this moment.
    """
    with transaction.atomic():
        audit.record("bot.deleted", target=bot, by=by)
        _fresh(bot)
        _refuse_open_groups(bot, gettext("Close or release its open groups before you delete the bot."))
        gone = {"deleted_at": timezone.now(), **Bot.NO_ADDRESS}
        if not Bot.objects.filter(pk=bot.pk).not_enabled().update(**gone):
            raise StillEnabledError(gettext("Disable the bot before you delete it."))


def set_loss_cap(connection: Connection, *, percent: int, by: By) -> None:
    """Let all bots of a connection together lose so many percent of its equity at their stress prices.

    More than before, of live money, raises what sudo.allow raises.
    """
    with transaction.atomic():
        User.objects.hold(connection.owner)
        funds, _ = Funds.objects.get_or_create(connection=connection)
        if percent > funds.loss_cap and not connection.is_practice:
            sudo.allow(sudo.LOSS_CAP_RAISED, connection.owner, by=by)
        Funds.objects.filter(pk=funds.pk).update(loss_cap=percent)
        audit.record("connection.loss_cap", target=connection, by=by)
        Bot.objects.on(connection.pk).enabled().wake_all()


def go_on(connection_id: int) -> None:
    """Let those bots go on that only trouble had halted, each with its groups and settings as they are.

    Called by the settings, inside the transaction that makes the connection Online again, which holds its row.
    """
    now = timezone.now()
    waiting = Bot.objects.on(connection_id).waiting_out()
    running = {"state": BotState.ENABLED, "went_on_at": now, "step_at": now, **Bot.NOT_HALTED}
    gone_on, found = [], list(waiting.select_related("connection__owner").order_by("pk"))
    if found:
        Funds.objects.look_after(connection_id, now=now)
    for bot in found:
        is_proven = bot.connection.is_proven(now) and bot.connection.owner.is_served
        # Its trader may have switched it off a moment ago.
        if is_proven and waiting.filter(pk=bot.pk).update(**running):
            gone_on.append(bot)
            journal.write(bot, action="went_on", reason="connection.online_again", now=now)
            audit.record("bot.went_on", target=bot, outcome=bot.halt_reason)
    for bot in gone_on:
        _make_ready(bot)


def _refuse_open_groups(bot: Bot, text: str) -> None:
    if Group.objects.open().filter(bot=bot).exists():
        raise OpenGroupsError(text)


def _make_ready(bot: Bot) -> None:
    """Let prices come and books be compared before the first order needs them."""
    now, home = timezone.now(), bot.connection
    wanted.want(home.exchange, home.venue, bot.pairs, now=now)
    Feed.objects.filter(exchange=home.exchange, venue=home.venue).update(look_at=now)
    wake.after_commit("strategies.reconcile", home.pk)


def _enable(bot: Bot, *, only_to_close: bool) -> proof.BotRefusal | None:
    """Hold the connection's row, so that no verdict can slip in between its proof and the bot's new state."""
    now = timezone.now()
    connection = proof.lock_connection(bot.connection_id)
    owner = connection.owner
    if refusal := _refuse_owner(owner, is_practice=connection.is_practice) or _refuse_home(connection, now):
        return refusal
    # As it is now: its page may be older than its settings.
    fresh = Bot.objects.filter(pk=bot.pk).select_related("connection").get()
    if refusal := refuse_size(fresh, now):
        return refusal
    Funds.objects.look_after(connection.pk, now=now)
    # The connection again: the bot may have been moved to one that nobody looked at.
    here = Bot.objects.on(connection.pk).filter(pk=bot.pk, deleted_at=None)
    enabled = {"state": BotState.ENABLED, "enabled_at": now, "went_on_at": None, "step_at": now}
    enabled["winding_down_at"] = now if only_to_close else None
    changing = here if only_to_close else here.not_enabled() | here.winding_down()
    if changing.update(**enabled, **Bot.NOT_HALTED):
        return None
    return None if here.enabled().exists() else BOT_CHANGED


def _refuse_owner(owner: User, *, is_practice: bool) -> proof.BotRefusal | None:
    if not owner.is_active:
        return OWNER_INACTIVE
    if not owner.is_proven:
        return proof.OWNER_NOT_PROVEN
    return None if is_practice or factors.has_factor(owner) else proof.NO_FACTOR


def _refuse_home(connection: Connection, now: datetime) -> proof.BotRefusal | None:
    if refusal := proof.refuse_bots(connection, now):
        return refusal
    return FUTURES_WAIT if connection.market == MarketKind.FUTURES else None


def refusals_of(bots: Collection[Bot], now: datetime) -> dict[int, proof.BotRefusal]:
    """Say of bots why each cannot be enabled now, by their numbers: what `enable_bot` would refuse.

    Nothing is held meanwhile, so that enabling asks again. Of one owner it takes a fixed number of queries.
    """
    owners: dict[tuple[int, bool], proof.BotRefusal | None] = {}
    found, able = {}, []
    for bot in bots:
        home = bot.connection
        key = home.owner_id, home.is_practice
        if key not in owners:
            frozen = None if home.is_practice else freeze.freeze_of(home.owner)
            stopped = proof.BotRefusal(code="owner.frozen", text=frozen.text) if frozen else None
            owners[key] = stopped or _refuse_owner(home.owner, is_practice=home.is_practice)
        if refusal := owners[key] or _refuse_home(home, now):
            found[bot.pk] = refusal
        else:
            able.append(bot)
    busy = set(Group.objects.open().filter(bot__in=able).values_list("bot_id", flat=True))
    return found | refusals_of_size([bot for bot in able if bot.pk not in busy], now)


def needs_factor(owner: User) -> str:
    """Say which live bots of a trader need a second factor; "" when none does. Called through the settings."""
    # Those that wait for trouble to end go on by themselves, and nobody is asked then.
    live = Bot.objects.owned_by(owner).running().exclude(connection__venue=Venue.PRACTICE)
    names = ", ".join(live.order_by("name").values_list("name", flat=True)[:5])
    text = gettext("Disable your live bots first (%(names)s), or add another factor before.")
    return text % {"names": names} if names else ""


def refuse_size(bot: Bot, now: datetime) -> proof.BotRefusal | None:
    """Say why no pair of a bot can open a group as it is, and what would be enough.

    A bot with open groups is needed whatever it can open.
    """
    has_groups = Group.objects.open().filter(bot=bot).exists()
    return None if has_groups else refusals_of_size([bot], now).get(bot.pk)


def refusals_of_size(bots: Collection[Bot], now: datetime) -> dict[int, proof.BotRefusal]:
    """Say of those bots without open groups that can open none why, and what would be enough, by their numbers.

    Nothing is said where it is not known: without a reading of the balance of these minutes, or without the rules of
    all pairs. In a fixed number of queries for each exchange and venue.
    """
    accounts = exposure.accounts_of([(bot.connection_id, bot.quote) for bot in bots], now)
    pairs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for bot in bots:
        pairs[bot.connection.exchange, bot.connection.venue].update(bot.pairs)
    known = {place: Instrument.objects.at(*place).known(some) for place, some in pairs.items()}
    found: dict[int, proof.BotRefusal] = {}
    for bot in bots:
        account = accounts[bot.connection_id, bot.quote]
        if account.read_at is None or now - account.read_at > READ_FOR:
            continue
        markets = known[bot.connection.exchange, bot.connection.venue]
        if lack := exposure.never_trades(exposure.plan_of(bot), markets, account.equity):
            text = " ".join((sizes.refusal(lack, bot.quote), *sizes.helps(lack, bot.quote)))
            found[bot.pk] = proof.BotRefusal(code=lack.reason, text=text)
    return found


def _fresh(bot: Bot) -> Bot:
    """Return the bot as it is now; only holders of the owner's row move it."""
    fresh = Bot.objects.filter(pk=bot.pk, deleted_at=None).first()
    if fresh is None:
        raise BotGoneError(gettext("This bot was deleted."))
    return fresh


def _check_settings(owner: User, settings: BotSettings, *, bot: Bot | None) -> None:
    """Raise SettingsError for the first setting that cannot be used; holds the connection's row afterwards."""
    connection = (
        Connection.objects.select_for_update(of=("self",), no_key=True).filter(pk=settings.connection.pk).first()
    )
    is_kept = bot is not None and bot.connection_id == settings.connection.pk
    if connection is None or connection.owner_id != owner.pk or (connection.deleted_at and not is_kept):
        raise SettingsError("connection", gettext("Choose one of your connections."))
    rules.check(settings)
    _check_name(owner, settings, bot=bot)


def _check_name(owner: User, settings: BotSettings, *, bot: Bot | None) -> None:
    others = Bot.objects.owned_by(owner)
    if bot is not None:
        others = others.exclude(pk=bot.pk)
    # Compared here: SQLite folds the case of ASCII letters only.
    taken = {name.casefold() for name in others.values_list("name", flat=True)}
    if settings.name.casefold() in taken:
        text = gettext("You already have a bot named “%(name)s”.")
        raise SettingsError("name", text % {"name": settings.name})


def _columns(settings: BotSettings) -> dict[str, object]:
    """Return the settings as columns; state is none of them."""
    columns = {name: value for name, value in vars(settings).items() if name != "pairs"}
    return {**columns, "pairs_json": list(settings.pairs)}
