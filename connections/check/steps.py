"""The questions of a check, each a small function: facts in, findings out, no I/O, nothing decided twice."""

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce

from connections.check import addresses
from connections.check.facts import Facts
from connections.check.findings import CODES, Finding, Level, finding
from connections.check.wording import CLOCK_APART, REPLACEMENT_WAITS, SITE_WORDING, WAIT_UNTIL, WORDING, end_of
from exchanges import registry
from exchanges.errors import Cause, Trouble
from exchanges.proven import printable
from exchanges.rights import Holder, KeyRights, KeyState, Right
from exchanges.sentences import Sentence
from exchanges.sentences import gettext_noop as _
from exchanges.shape import safe_code
from exchanges.spec import Ask, ExchangeSpec, Market

EXPIRES_SOON_DAYS = 14
# Longer than any key lives; an exchange's number may be one that no calendar holds.
MOST_DAYS = 36_500
WORST_FIRST = (Level.BLOCKER, Level.TEMPORARY, Level.WARNING, Level.INFO)
MISSING = {
    Right.READ: ("right.read_missing", _("This key cannot read balances and orders.")),
    Right.TRADE: ("right.trade_missing", _("No trade permission: this key cannot place orders.")),
    Right.FUTURES: ("right.futures_missing", _("This key cannot trade futures, and this connection is for futures.")),
}
# Of days, and of one day.
ENDS_IN_DAYS, ENDS_IN_A_DAY = _("{what} in {days} days."), _("{what} in {days} day.")
ACCESS = {Ask.BALANCES: "access.balances", Ask.ORDERS: "access.orders"}
UNREAD = {
    Ask.BALANCES: _("{name} did not let this key read balances."),
    Ask.ORDERS: _("{name} did not let this key read order status."),
}


def examine(facts: Facts) -> tuple[Finding, ...]:
    """Return every finding, worst first, each code once."""
    found: dict[str, Finding] = {}
    for step in STEPS:
        for one in step(facts):
            found.setdefault(one.code, one)
    return tuple(sorted(found.values(), key=lambda one: (WORST_FIRST.index(one.level), CODES.index(one.code))))


def read_troubles(facts: Facts) -> Iterator[Finding]:
    """Say what the exchange refused; a right that a question lacks becomes the finding of that question."""
    for ask, seen in facts.troubles().items():
        trouble = _blame_the_clock(facts, seen)
        if _is_explained(facts, ask, trouble.cause):
            continue
        if trouble.cause in {Cause.RIGHT_MISSING, Cause.RIGHT_UNPROVEN}:
            yield _no_access(facts, ask, trouble.cause)
        else:
            yield say(facts, trouble)


def _blame_the_clock(facts: Facts, trouble: Trouble) -> Trouble:
    """Take a refused key for a refused time, where the exchange does not tell them apart and our clocks differ."""
    window, offset = facts.spec.clock_window_ms, facts.clock_offset_ms
    if window is None or offset is None or abs(offset) <= window or trouble.cause is not Cause.KEY_INVALID:
        return trouble
    return replace(trouble, cause=Cause.CLOCK)


def _is_explained(facts: Facts, ask: Ask, cause: Cause) -> bool:
    """Say whether the key's own record already gives the reason: it has expired, lacks the right, can withdraw."""
    if not (rights := facts.rights):
        return False
    if ask is Ask.WITHDRAW and cause is Cause.RIGHT_UNPROVEN and rights.has(Right.WITHDRAW):
        return True
    lacks = any(not rights.has(right) for right in facts.spec.needs[facts.market])
    is_dead = rights.state is not KeyState.ACTIVE
    return (cause is Cause.RIGHT_MISSING and lacks) or (cause is Cause.KEY_INVALID and is_dead)


def _no_access(facts: Facts, ask: Ask, cause: Cause) -> Finding:
    boxes = "”, “".join(facts.spec.guide.tick[facts.market])
    if ask is Ask.WITHDRAW:
        known = {"name": facts.spec.name, "boxes": boxes, "box": facts.spec.box(Right.WITHDRAW)}
        hint = _("Create a key at {name} with “{boxes}” only, keep “{box}” off, and press “Replace key”.")
        text = _("Refused: {name} did not confirm that this key cannot withdraw.")
        return finding("right.unproven", Sentence(text, **known), Sentence(hint, **known))
    if code := ACCESS.get(ask):
        hint = Sentence(_("Tick “{boxes}” on this key at {name}, then test again."), boxes=boxes, name=facts.spec.name)
        return finding(code, Sentence(UNREAD[ask], name=facts.spec.name), hint)
    if cause is Cause.RIGHT_MISSING:
        return _missing(facts, Right.READ)
    return say(facts, Trouble(cause=Cause.RIGHT_UNPROVEN))


def say(facts: Facts, trouble: Trouble) -> Finding:
    """Put a trouble into words: the exchange's name, its labels and the address it saw."""
    spec, ip = facts.spec, trouble.ip
    labels = {one.name: one.label for one in spec.credentials}
    # Where customers of the exchange's other sites log in, as people say a choice.
    *some, last = [one.domain for one in registry.sites_of(spec) if one != spec] or [""]
    words = {
        "name": spec.name,
        "key_label": labels.get("api_key") or Sentence(_("key")),
        "secret_label": labels.get("secret") or Sentence(_("secret")),
        "seen": f" {ip}" if ip else "",
        "site": spec.domain,
        "sisters": Sentence(_("{some} or {last}"), some=", ".join(some), last=last) if some else last,
        "address": ip
        or reduce(
            lambda one, other: Sentence(_("{one} and {other}"), one=one, other=other),
            facts.policy.our_ips or (Sentence(_("our server’s address")),),
        ),
        "code": Sentence(_("code {code}"), code=safe_code(trouble.code))
        if trouble.code
        else Sentence(_("a code of its own")),
        "moment": end_of(trouble),
    }
    text, hint = WAIT_UNTIL if words["moment"] else _words_of(spec, trouble)
    if trouble.cause.is_temporary and facts.policy.is_replacement:
        hint = REPLACEMENT_WAITS
    told = Sentence(text, **words)
    if trouble.cause is Cause.CLOCK and facts.clock_offset_ms is not None:
        told = Sentence(CLOCK_APART, text=told, seconds=f"{facts.clock_offset_ms / 1000:+.1f}")
    return finding(trouble.cause.value, told, Sentence(hint, **words))


def _words_of(spec: ExchangeSpec, trouble: Trouble) -> tuple[str, str]:
    """Return the narrowest words there are: for the code, for the cause at this exchange, for the cause."""
    cause = trouble.cause
    for_code = spec.code_words.get(trouble.code) if spec.errors.codes.get(trouble.code, cause) is cause else None
    has_sisters = len(registry.sites_of(spec)) > 1
    common = (SITE_WORDING.get(cause) if has_sisters else None) or WORDING[cause]
    return for_code or spec.wording.get(cause) or common


def read_state(facts: Facts) -> Iterator[Finding]:
    """Refuse a key that the exchange itself calls expired or frozen."""
    causes = {KeyState.EXPIRED: Cause.KEY_EXPIRED, KeyState.FROZEN: Cause.KEY_FROZEN}
    if facts.rights and (cause := causes.get(facts.rights.state)):
        yield say(facts, Trouble(cause=cause))


def account_state(facts: Facts) -> Iterator[Finding]:
    """Refuse an account whose own switch says that it may not trade: its first order would be refused."""
    holder = facts.value(Ask.BALANCES)
    if isinstance(holder, Holder) and holder.may_trade is False:
        name = facts.spec.name
        yield finding(
            "account.restricted",
            Sentence(
                _("{name} says that this account may not trade (canTrade is off), whatever the key may do."), name=name
            ),
            Sentence(
                _(
                    "Only {name} can lift this: log in there and follow its notice, or ask its support, then test "
                    "again."
                ),
                name=name,
            ),
        )


def same_account(facts: Facts) -> Iterator[Finding]:
    """A key must stay with the account that its bots trade on."""
    expected = facts.policy.expected_account
    if expected is None or not facts.rights:
        return
    if facts.account_uid and facts.account_uid != expected:
        yield finding(
            "account.other",
            Sentence(
                _("This key belongs to another {name} account than the one this connection was proven for."),
                name=facts.spec.name,
            ),
            _("Use a key of the same account, or add the other account as a connection of its own."),
        )
    elif not facts.account_uid and facts.policy.is_replacement:
        yield finding(
            "account.unproven",
            Sentence(
                _("{name} did not tell whose key this is, so we cannot prove that it is the same account."),
                name=facts.spec.name,
            ),
            _("Make sure that the new key was made in the same account, then test again."),
            # Where the exchange tells, silence is a fault of the moment and no proof: ask again.
            level=Level.TEMPORARY if facts.spec.tells_uid else None,
        )


def one_connection(facts: Facts) -> Iterator[Finding]:
    """Refuse an account that is connected already: two books of the same coins would sell what the other bought."""
    name, other = facts.spec.name, facts.other_connection
    if other:
        yield finding(
            "account.twice",
            Sentence(
                _("This is the same {name} account as that of your connection “{other}”."), name=name, other=other
            ),
            Sentence(_("Trade with “{other}”, or connect a key of a sub-account of its own."), other=other),
        )
    elif other is not None:
        yield finding(
            "account.taken",
            Sentence(_("Somebody else here has connected this {name} account already. We told them."), name=name),
            Sentence(
                _(
                    "If you do not know who, delete all API keys of the account at {name}, change your password there, "
                    "then write to us."
                ),
                name=name,
            ),
        )


def refuse_rights(facts: Facts) -> Iterator[Finding]:
    """Refuse what must not be there: withdrawal, and every right that we do not know."""
    if not (rights := facts.rights):
        return
    if rights.has(Right.WITHDRAW):
        yield finding(
            "right.withdraw",
            Sentence(_("Refused: this key can withdraw funds ({words})."), words=_words(rights.named[Right.WITHDRAW])),
            Sentence(
                _(
                    "Untick “{box}” on this key at {name}, or delete it there, then press “Replace key”: we keep no "
                    "key that can withdraw."
                ),
                box=facts.spec.box(Right.WITHDRAW),
                name=facts.spec.name,
            ),
        )
    if rights.unknown:
        yield finding(
            "right.unknown",
            Sentence(
                _("Refused: this key carries a right that we do not know ({words})."), words=_words(rights.unknown)
            ),
            Sentence(
                _("Create a key at {name} with the boxes of our guide only and press “Replace key”."),
                name=facts.spec.name,
            ),
        )


def require_rights(facts: Facts) -> Iterator[Finding]:
    if facts.rights:
        needed = facts.spec.needs[facts.market]
        yield from (_missing(facts, right) for right in needed if not facts.rights.has(right))


def _missing(facts: Facts, right: Right) -> Finding:
    code, text = MISSING[right]
    return finding(code, *facts.spec.lacking.get(right, (text, _tick(facts, right))))


def _tick(facts: Facts, right: Right) -> str:
    return Sentence(
        _("Tick “{box}” on this key at {name}, keep “{never}” off, then test again."),
        box=facts.spec.box(right),
        name=facts.spec.name,
        never=facts.spec.box(Right.WITHDRAW),
    )


def excess_rights(facts: Facts) -> Iterator[Finding]:
    """Name what the bot has no use for."""
    if not (rights := facts.rights):
        return
    other = Right.FUTURES if facts.market is Market.SPOT else Right.TRADE
    useful = _useful_words(facts, rights)
    granted = (*rights.named.get(other, ()), *rights.named.get(Right.EXTRA, ()))
    if spare := tuple(word for word in granted if word not in useful):
        yield finding(
            "right.more_than_needed",
            Sentence(_("This key can do more than this connection needs: {words}."), words=_words(spare)),
            _("You may untick these; nothing here uses them."),
        )


def transfers(facts: Facts) -> Iterator[Finding]:
    """Warn of transfers, but only tell of them where the box that trades brings them: no key can do without."""
    if not (rights := facts.rights) or not rights.has(Right.TRANSFER):
        return
    name, box, granted = facts.spec.name, facts.spec.box(Right.TRANSFER), rights.named[Right.TRANSFER]
    text = Sentence(
        _("This key can move money between accounts inside {name} ({words})."), name=name, words=_words(granted)
    )
    hint, level = Sentence(_("Untick “{box}”: a bot does not need it."), box=box), None
    if granted and set(granted) <= _useful_words(facts, rights):
        brings = box if box in facts.spec.guide.tick[facts.market] else _words(granted)
        text = Sentence(
            _(
                "This key can move money between accounts inside {name} ({words}). {name} has no box for that alone: "
                "“{brings}” brings it."
            ),
            name=name,
            words=_words(granted),
            brings=brings,
        )
        hint, level = Sentence(_("Nothing to do: no key that trades can do without.")), Level.INFO
        if facts.policy.refuse_transfer:
            hint = Sentence(_("Connect another exchange: keys that can transfer are refused here."))
    yield finding("right.transfer", text, hint, level=Level.BLOCKER if facts.policy.refuse_transfer else level)


def _useful_words(facts: Facts, rights: KeyRights) -> set[str]:
    """Return the words that grant needed rights: one box may grant others with them."""
    return {word for right in facts.spec.needs[facts.market] for word in rights.named.get(right, ())}


def ip_list(facts: Facts) -> Iterator[Finding]:
    if not (rights := facts.rights):
        return
    name, ours = facts.spec.name, facts.policy.our_ips
    if rights.ip_list is None:
        yield finding(
            "ip.unknown",
            Sentence(_("This key has an IP list, but {name} does not tell its addresses."), name=name)
            if rights.is_ip_bound
            else Sentence(_("{name} does not tell whether this key has an IP list."), name=name),
            Sentence(_("Look at the key on {name}’s API page: it should admit our addresses only."), name=name),
        )
    elif not rights.ip_list:
        yield finding(
            "ip.no_list",
            _("This key works from every address: a thief can trade with it."),
            Sentence(_("Add our addresses to the key’s IP list on {name}."), name=name),
            level=Level.BLOCKER if facts.policy.require_ip_list else None,
        )
    elif ours and (others := addresses.foreign(rights.ip_list, ours)):
        yield finding(
            "ip.foreign",
            Sentence(_("This key’s IP list has addresses that are not ours: {words}."), words=_words(others)),
            _("Remove what you do not know; keep a key for us alone."),
        )


def life(facts: Facts) -> Iterator[Finding]:
    """Tell how long the key will live, and what keeps it alive."""
    if not (rights := facts.rights) or rights.state is not KeyState.ACTIVE:
        return
    days = days_left(facts)
    if days is not None and days <= EXPIRES_SOON_DAYS:
        yield finding(
            "life.expires_soon",
            Sentence(ENDS_IN_A_DAY if days == 1 else ENDS_IN_DAYS, what=Sentence(facts.spec.ends), days=days),
            Sentence(
                _("Renew it at {name}, or bind it to our addresses where that makes it last."), name=facts.spec.name
            ),
        )
    if facts.spec.idle_days and rights.ip_list == ():
        yield finding(
            "life.idle",
            facts.spec.guide.lifetime,
            _("Add our addresses to the key’s IP list: then it stays."),
        )


def days_left(facts: Facts) -> int | None:
    """Return whole days until the key expires, None when it does not or the exchange does not tell."""
    rights = facts.rights
    if rights is None:
        return None
    if rights.expires_on is not None:
        return max((rights.expires_on - facts.today).days, 0)
    return None if rights.days_left is None else min(rights.days_left, MOST_DAYS)


def _words(words: tuple[str, ...]) -> str:
    """Quote what an exchange said, cut and cleaned: it is foreign text on our page."""
    clean = [printable(word, most=60) for word in words[:8]]
    return ", ".join(clean) + (" …" if len(words) > 8 else "")


STEPS = (
    read_troubles,
    read_state,
    account_state,
    same_account,
    one_connection,
    refuse_rights,
    require_rights,
    transfers,
    excess_rights,
    ip_list,
    life,
)
