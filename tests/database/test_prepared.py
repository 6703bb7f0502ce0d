"""Statements that are compiled once do what the querysets they come from do, whatever they are given."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Max, Model, Q, Value
from django.db.models.expressions import RawSQL
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from database.exact import ExactField
from database.prepared import (
    Param,
    PreparedInsert,
    PreparedModels,
    PreparedRows,
    PreparedSave,
    PreparedUpdate,
    Update,
    _with_question_marks,
    moment,
    number,
    numbers,
    text,
    texts,
)
from strategies.choices import GroupMode
from strategies.models import Bot, Fill, Group, JournalLine
from tests.strategies.factories import make_bot
from tests.strategies.rows import make_group, make_order

pytestmark = [pytest.mark.services, pytest.mark.django_db]
PAIRS = ("BTC/USDT", "ETH/USDT", 'it\'s %s; "q"/é')


@pytest.fixture
def groups() -> list[Group]:
    bot = make_bot()
    return [make_group(bot=bot, pair=pair, opened_at=timezone.now(), cost=Decimal("0.1")) for pair in PAIRS]


def test_whole_rows_are_those_of_the_queryset(groups: list[Group]) -> None:
    prepared = PreparedModels(lambda: Group.objects.filter(pk__in=numbers("ids")).order_by("pk"))

    for wanted in (groups, groups[1:], groups[:1], []):
        found = prepared.run(ids=[group.pk for group in wanted])
        plain = list(Group.objects.filter(pk__in=[group.pk for group in wanted]).order_by("pk"))
        assert [_columns(one) for one in found] == [_columns(one) for one in plain]
        assert not any(one._state.adding for one in found)


def _columns(row: Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@contextmanager
def seen_statements() -> Iterator[list[str]]:
    """Yield the statements that run, before their values are put in."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def test_a_row_that_was_read_can_be_saved(groups: list[Group]) -> None:
    (found,) = PreparedModels(lambda: Group.objects.filter(pk=number("id"))).run(id=groups[0].pk)

    found.reason = "zone.not_reached"
    found.save(update_fields=["reason"])

    assert Group.objects.get(pk=found.pk).reason == "zone.not_reached"


def test_postgresql_knows_what_never_differs(groups: list[Group]) -> None:
    """It plans once for all values: of what it does not know it cannot tell that few rows have it."""
    odd = 'it\'s %s; "q"/é'
    prepared = PreparedRows(
        lambda: Group.objects.filter(pair=odd, mode=GroupMode.NORMAL, is_behind=False, pk=number("id")).values_list(
            "pk", Value("100 %"), RawSQL("'%%s'", ())
        )
    )

    with seen_statements() as seen:
        found = prepared.run(id=groups[2].pk)

    assert found == [(groups[2].pk, "100 %", "%s")]
    assert prepared.run(id=groups[0].pk) == []
    assert seen[0].count("%s") - seen[0].count("%%s") == (1 if connection.vendor == "postgresql" else 4)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite keeps none")
def test_postgresql_keeps_ours_and_no_others(groups: list[Group]) -> None:
    prepared = PreparedRows(lambda: Group.objects.filter(pk=number("id")).values_list("pair"))
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

        for _ in range(9):
            assert Group.objects.filter(pk=groups[0].pk).values_list("pair").get() == (PAIRS[0],)
            prepared.run(id=groups[1].pk)

        cursor.execute("SELECT statement FROM pg_prepared_statements")
        assert [sql.replace("$1", "%s") for (sql,) in cursor.fetchall()] == [prepared._compiled[0]]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite keeps none")
def test_postgresql_looks_each_value_of_a_list_up(groups: list[Group]) -> None:
    """Where it knows of few rows it would rather read all of a table and hold them against the list."""
    prepared = PreparedModels(lambda: Group.objects.filter(pk__in=numbers("ids")).exclude(pair__in=texts("pairs")))
    ids, pairs = [group.pk for group in groups], list(PAIRS[1:])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

        assert prepared.run(ids=ids, pairs=pairs) == groups[:1]
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {prepared._rows._compiled[0]}", [ids, pairs])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Cond: (id = ANY" in plan
    assert "Join" not in plan


@pytest.mark.parametrize("pairs", [PAIRS, PAIRS[2:], ("nothing",), ()])
def test_texts_are_compared_as_they_are(groups: list[Group], pairs: tuple[str, ...]) -> None:
    prepared = PreparedRows(lambda: Group.objects.filter(pair__in=texts("pairs")).order_by("pk").values_list("pair"))

    assert prepared.run(pairs=pairs) == [(pair,) for pair in PAIRS if pair in pairs]


def test_sums_and_moments_are_those_of_the_queryset(groups: list[Group]) -> None:
    prepared = PreparedRows(
        lambda: (
            Group.objects.filter(bot__in=numbers("bots"), opened_at__gt=moment("since"))
            .order_by()
            .values_list("bot")
            .annotate(last=Max("opened_at", filter=~Q(pair=text("pair"))))
        )
    )
    bot, now = groups[0].bot_id, timezone.now()

    for since, pair in ((now - timedelta(days=1), PAIRS[2]), (now - timedelta(days=1), ""), (now, "")):
        plain = Group.objects.filter(bot=bot, opened_at__gt=since).order_by().values_list("bot")
        assert prepared.run(bots=[bot], since=since, pair=pair) == list(
            plain.annotate(last=Max("opened_at", filter=~Q(pair=pair)))
        )


def _claiming() -> Update:
    free = Bot.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=moment("now")), pk=number("bot"))
    return free, {"claim": text("claim"), "claimed_until": moment("until"), "fence": F("fence") + 1}


def test_an_update_changes_what_it_should_and_tells_how_many() -> None:
    bot, other, now = make_bot(), make_bot(name="Another"), timezone.now()
    claiming = PreparedUpdate(_claiming)
    given = {"bot": bot.pk, "now": now, "until": now + timedelta(seconds=8)}

    assert [claiming.run(claim=claim, **given) for claim in ("it's %s", "second")] == [1, 0]
    bot.refresh_from_db()
    other.refresh_from_db()
    assert (bot.claim, bot.claimed_until, bot.fence) == ("it's %s", given["until"], 1)
    assert (other.claim, other.claimed_until, other.fence) == ("", None, 0)


@pytest.mark.parametrize("is_looked_at", [False, True])
def test_an_update_runs_for_each_of_many_in_one_go(groups: list[Group], *, is_looked_at: bool) -> None:
    costs = PreparedUpdate(
        lambda: (
            Group.objects.filter(pk=number("group")),
            {"cost": Param("cost", ExactField()), "wake_at": moment("at")},
        )
    )
    now = timezone.now()
    given = [
        {"group": group.pk, "cost": Decimal(place) / 10, "at": now + timedelta(seconds=place)}
        for place, group in enumerate(groups[1:], start=7)
    ]

    with seen_statements() if is_looked_at else nullcontext():
        costs.run_each(given)
        costs.run_each([])

    found = Group.objects.order_by("pk").values_list("cost", "wake_at")
    expected = [(Decimal("0.1"), None), *((one["cost"], one["at"]) for one in given)]
    assert list(found) == expected


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_many_updates_are_refused() -> None:
    with pytest.raises(TransactionManagementError):
        PreparedUpdate(_claiming).run_each([{"bot": 0, "now": timezone.now(), "until": timezone.now(), "claim": "x"}])


def test_an_update_is_part_of_the_transaction_it_runs_in() -> None:
    bot, now = make_bot(), timezone.now()

    with transaction.atomic():
        PreparedUpdate(_claiming).run(bot=bot.pk, now=now, until=now, claim="gone")
        transaction.set_rollback(True)

    bot.refresh_from_db()
    assert bot.claim == ""


def test_the_statement_is_the_querysets_own() -> None:
    now = timezone.now()
    rows = Bot.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), pk=1)

    with seen_statements() as seen:
        rows.update(claim="mine", claimed_until=now, fence=F("fence") + 1)
        PreparedUpdate(_claiming).run(bot=1, now=now, until=now, claim="mine")

    # What never differs stands in PostgreSQL's as it is.
    first, second = (sorted(re.split(r"[\s(),]+", sql.replace("+ 1)", "+ %s)"))) for sql in seen)
    assert first == second


def test_a_row_that_is_inserted_is_what_django_would_insert(groups: list[Group]) -> None:
    bot, now = groups[0].bot, timezone.now()
    values = {"bot": bot, "at": now, "action": "block", "reason": "it's %s \"", "numbers_json": {"a": "0.1"}}

    with seen_statements() as seen:
        PreparedInsert(JournalLine).run([line := JournalLine(**values)])
        theirs = JournalLine.objects.create(**values)

    mine = JournalLine.objects.get(pk=line.pk)
    assert {**_columns(mine), "id": 0} == {**_columns(theirs), "id": 0} == {**_columns(line), "id": 0}
    assert seen[0] == seen[1]
    assert (line._state.adding, theirs.pk) == (False, line.pk + 1)


@pytest.mark.parametrize("is_looked_at", [False, True])
def test_rows_that_are_inserted_together_learn_their_own_numbers(groups: list[Group], *, is_looked_at: bool) -> None:
    bot, now = groups[0].bot, timezone.now()
    lines = [
        JournalLine(bot=bot, group=group, at=now, action="block", reason=f"of {place}", numbers_json={"a": str(place)})
        for place, group in enumerate((None, *groups))
    ]

    with seen_statements() if is_looked_at else nullcontext():
        PreparedInsert(JournalLine).run(lines)

    assert [line.pk for line in lines] == sorted(line.pk for line in lines)
    for line in lines:
        assert _columns(JournalLine.objects.get(pk=line.pk)) == _columns(line)
        assert not line._state.adding


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_many_rows_are_refused() -> None:
    bot = make_bot()
    lines = [JournalLine(bot=bot, action="block", reason="x") for _ in range(2)]

    with pytest.raises(TransactionManagementError):
        PreparedInsert(JournalLine).run(lines)
    PreparedInsert(JournalLine).run(lines[:1])

    assert JournalLine.objects.count() == 1


def test_rows_that_are_there_already_are_left_alone(groups: list[Group]) -> None:
    order = make_order(group=groups[0])
    fill = {"order": order, "connection": order.connection, "pair": order.pair, "trade_id": "1", "at": timezone.now()}
    numbers = dict.fromkeys(("price", "quantity", "cost", "fee"), Decimal("0.10"))
    insert = PreparedInsert(Fill, ignore_conflicts=True)

    for count in (1, 1, 2):
        insert.run([Fill(**fill, **numbers) for _ in range(count)])
    insert.run([])

    assert Fill.objects.get().price == Decimal("0.10")


def test_some_fields_of_a_row_are_saved(groups: list[Group]) -> None:
    group, other = groups[:2]
    group.cost, group.last_fill_at, group.reason = Decimal("1.50"), timezone.now(), "not saved"

    PreparedSave(Group, ("cost", "last_fill_at", "result")).run(group)

    saved = Group.objects.get(pk=group.pk)
    assert (saved.cost, saved.last_fill_at, saved.result, saved.reason) == (
        Decimal("1.50"),
        group.last_fill_at,
        None,
        "",
    )
    assert Group.objects.get(pk=other.pk).cost == Decimal("0.1")


@pytest.mark.parametrize("is_looked_at", [False, True])
def test_some_fields_of_many_rows_are_saved(groups: list[Group], *, is_looked_at: bool) -> None:
    for place, group in enumerate(groups):
        group.cost, group.reason = Decimal(place) / 4, "not saved"
    save = PreparedSave(Group, ("cost",))

    with seen_statements() if is_looked_at else nullcontext():
        save.run_each(groups[1:])
        save.run_each([])

    saved = list(Group.objects.order_by("pk").values_list("cost", "reason"))
    assert saved == [(Decimal("0.1"), ""), (Decimal("0.25"), ""), (Decimal("0.5"), "")]


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_many_rows_are_not_saved() -> None:
    group = make_group(bot=make_bot(), reason="before")
    group.reason = "after"

    with pytest.raises(TransactionManagementError):
        PreparedSave(Group, ("reason",)).run_each([group])

    assert Group.objects.get().reason == "before"


def test_what_is_missing_is_an_error_and_runs_nothing() -> None:
    bot = make_bot()

    with pytest.raises(KeyError, match="until"):
        PreparedUpdate(_claiming).run(bot=bot.pk, now=timezone.now(), claim="half")

    bot.refresh_from_db()
    assert bot.claim == ""


@pytest.mark.django_db(transaction=True)
def test_another_thread_runs_it_over_a_connection_of_its_own(groups: list[Group]) -> None:
    prepared = PreparedModels(lambda: Group.objects.filter(pk__in=numbers("ids")))
    prepared.run(ids=[])
    found: list[int] = []

    def read() -> None:
        found.extend(group.pk for group in prepared.run(ids=[groups[0].pk]))
        connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    thread.join(10)

    assert found == [groups[0].pk]


def test_a_percent_sign_of_a_statement_is_no_value() -> None:
    """SQLite's words are made by Django's own rule: only %s that no sign stands before is a place for a value."""
    assert _with_question_marks("note LIKE '%%s' AND pk = %s") == "note LIKE '%s' AND pk = ?"
