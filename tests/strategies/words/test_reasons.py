"""Every code that bots write has words of its own."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from exchanges.values import RefusalReason
from messaging import kinds
from strategies.choices import GroupMode, OrderState, Purpose
from strategies.engine.decision import TRAITS, Action
from strategies.look_backs import notes
from strategies.words import badges, engine, halts, numbers, stops
from strategies.words import reasons as wording

WRITTEN = re.compile(r'\breason="([a-z_]+\.[a-z_]+)"')
ACTED = re.compile(r'\baction="([a-z_]+)"')


def source() -> str:
    folder = Path(settings.BASE_DIR) / "strategies"
    return "\n".join(path.read_text() for path in folder.rglob("*.py"))


def test_every_reason_that_is_written_has_its_sentence() -> None:
    written = {*WRITTEN.findall(source()), *(f"order.refused_{one}" for one in RefusalReason)}

    assert len(written) > 10
    assert [code for code in sorted(written) if not wording.reason(code).endswith(".")] == []


def test_every_code_in_the_sources_has_its_sentence() -> None:
    """Also those that no keyword names: what is returned, raised or compared. Only flows refuse by words of theirs."""
    known = {*engine.REASONS, *wording.EVENTS, *halts.REASONS}
    families = "|".join(sorted({code.partition(".")[0] for code in known}))
    refused_by_flows = {"bot.changed", "market.futures", "connection.unproven"}
    # What the audit trail calls them, of which a look back has words of its own.
    of_the_trail = set(notes.GOES_ON)

    told_elsewhere = r'(?:audit\.record|alarms\.ring)\(\s*"[^"]+"'
    written = set(re.findall(rf'"((?:{families})\.[a-z_]+)"', re.sub(told_elsewhere, "", source())))

    assert len(written) > 60
    assert written - known - refused_by_flows - of_the_trail - kinds.BY_CODE.keys() == set()


def test_every_reason_of_the_engine_has_its_sentence() -> None:
    assert all(wording.reason(code) == text for code, text in engine.REASONS.items())


def test_every_action_that_is_written_has_its_badge() -> None:
    decided = {Action.WAIT, Action.BLOCK, Action.ENTER_RECOVERY, Action.LEAVE_RECOVERY}
    written = {*ACTED.findall(source()), *map(str, decided), *Purpose.values}

    assert written - badges.ACTIONS.keys() == set()


def test_every_mode_and_state_has_its_badge() -> None:
    assert badges.MODES.keys() == set(GroupMode.values)
    assert badges.ORDER_STATES.keys() == set(OrderState.values)


def test_every_stop_says_what_it_means() -> None:
    assert all(stops.STOPS[level] for level in ("entries", "add_ons", "orders"))


@pytest.mark.parametrize("code", ["invented.tomorrow", "x"])
def test_a_code_without_words_is_still_told(code: str) -> None:
    assert wording.reason(code)
    assert badges.action(code).label


def test_a_halt_is_told_in_the_words_of_its_finding() -> None:
    assert wording.reason("right.withdraw") == "The key can withdraw."


def test_a_badge_says_blocked_once() -> None:
    assert wording.reason("cool_down") == "Blocked: too soon after the last fill."
    assert wording.beside_badge("cool_down") == "Too soon after the last fill."


def test_numbers_come_in_a_fixed_order_with_their_names() -> None:
    told = numbers.numbers({"new_thing": Decimal("0.5"), "open_loss": Decimal("0.05"), "price": Decimal(95)})

    assert told == [("Price", "95.00"), ("Open loss", "5.00\N{NO-BREAK SPACE}%"), ("New thing", "0.5")]


def test_every_number_of_the_engine_has_a_name() -> None:
    folder = Path(settings.BASE_DIR) / "strategies" / "engine"
    texts = [(folder / name).read_text() for name in ("figures.py", "entry.py", "decide.py")]
    written = set(re.findall(r'"([a-z_]+)":', "".join(texts))) - engine.REASONS.keys()

    assert len(written) > 10
    assert written - numbers.NUMBERS.keys() == set()


def test_an_open_loss_below_nothing_is_called_a_gain() -> None:
    told = numbers.numbers({"open_loss": Decimal("-0.0192")})

    assert told == [("Open gain", "1.92\N{NO-BREAK SPACE}%")]


def test_only_reasons_that_have_words_have_traits() -> None:
    assert [code for code in TRAITS if code not in {**engine.REASONS, **wording.EVENTS}] == []
