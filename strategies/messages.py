"""What people are told of their bots when they do not look; written in the transaction of what happened.

Only what the books tell is told, and no exchange is asked: a trade must not wait for its message, nor fail by it.
"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from connections.choices import Venue
from database.prepared import PreparedRows, number
from exchanges import registry
from messaging import outbox
from strategies.engine.decision import Action
from strategies.models import Bot, Group
from strategies.pairs import quote_of
from strategies.words import messages as words
from strategies.words.halts import reason_for
from strategies.words.numbers import amount, money, price
from strategies.words.reasons import reason as sentence


def tell_opened(group: Group, *, why: str, now: datetime) -> None:
    _tell("group.opened", group, code="group.opened", why=sentence(why), now=now, cause="opened")


def tell_adopted(group: Group, *, now: datetime) -> None:
    _tell("group.opened", group, code="adopted", why="", now=now, cause="adopted")


def tell_not_adopted(group: Group, *, now: datetime) -> None:
    _tell("group.closed", group, code="not_adopted", why=sentence("coins.gone"), now=now, cause="gone")


def tell_added(group: Group, *, now: datetime) -> None:
    _tell("group.added", group, code="group.added", why="", now=now, cause=f"added:{group.add_ons_done}")


def tell_closed(group: Group, *, now: datetime) -> None:
    """Tell the result of a group that has just been closed."""
    why = sentence(group.close_reason)
    if group.has_unvalued_fees:
        why += " " + gettext(words.FEE_UNKNOWN)
    code = "group.closed" if group.adoption is None else "closed_adopted"
    _tell("group.closed", group, code=code, why=why, now=now, cause="closed")


def tell_recovery(group: Group, action: Action, *, why: str, now: datetime) -> None:
    _tell("group.recovery", group, code=action, why=sentence(why), now=now, cause=action)


def tell_exit_refused(group: Group, *, why: str, now: datetime) -> None:
    _tell("exit.refused", group, code="exit.refused", why=sentence(why), now=now, cause="exit")


def tell_halted(bot: Bot, *, why: str, now: datetime) -> None:
    """Tell that a bot is halted where nothing but its trader ends it."""
    told = reason_for(why)
    text = told.text[:1].upper() + told.text[1:]
    facts = {"bot": f"“{bot.name}”", "connection": f"“{bot.connection.name}”", "why": text, "step": told.step}
    title, text = words.say("bot.halted", **facts)
    page, cause = reverse("bot_detail", args=[bot.public_id]), f"bot.halted:{bot.public_id}:{now:%Y-%m-%d %H:%M:%S}"
    whose: dict[str, Any] = {"owner": bot.connection.owner_id, "is_practice": bot.connection.is_practice}
    _write("bot.halted", title, text, **whose, page=page, cause=cause, now=now)


def _tell(kind: str, group: Group, *, code: str, why: str, cause: str, now: datetime) -> None:
    ((name, public_id, exchange, venue, owner),) = _HOMES.run(bot=group.bot_id)
    title, text = words.say(
        code,
        bot=f"“{name}”",
        pair=group.pair,
        base=group.pair.partition("/")[0],
        quote=quote_of(group.pair),
        exchange=registry.get(exchange).name,
        quantity=amount(group.held_quantity),
        price=price(group.cost / group.quantity if group.quantity else None),
        cost=money(group.cost),
        proceeds=money(group.proceeds),
        result=money(group.result, signed=True),
        why=why,
    )
    # The row itself: among the open groups of its bot, or among the closed ones.
    page = reverse("bot_detail" if group.closed_at is None else "bot_closed", args=[public_id])
    page, cause = f"{page}#g-{group.public_id}", f"group:{group.public_id}:{cause}"
    is_practice = venue == Venue.PRACTICE
    _write(kind, title, text, owner=owner, is_practice=is_practice, page=page, cause=cause, now=now)


def _homes() -> QuerySet[Bot, Any]:
    home = (f"connection__{name}" for name in ("exchange", "venue", "owner"))
    return Bot.objects.filter(pk=number("bot")).values_list("name", "public_id", *home)


# A rush of alerts writes a message for each. Django's own objects, read for it alone, cost more than counting a fill.
_HOMES = PreparedRows(_homes)


def _write(
    kind: str, title: str, text: str, *, owner: int, is_practice: bool, page: str, cause: str, now: datetime
) -> None:
    outbox.write(
        kind,
        user_id=owner,
        title=(gettext(words.PRACTICE) if is_practice else "") + title,
        text=text.strip(),
        page=page,
        cause=cause,
        now=now,
    )
