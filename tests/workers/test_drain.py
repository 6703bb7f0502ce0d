"""What is due is worked off by few workers at once, and each of them is free again soon."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from workers import drain
from workers.drain import Drain


class Rows:
    """Rows that are due until somebody has worked on them."""

    def __init__(self, count: int) -> None:
        self.left = list(range(count))
        self.lock, self.at_work, self.most, self.done = threading.Lock(), 0, 0, 0
        self.asked, self.may_go = 0, threading.Event()

    def due(self, count: int) -> list[int]:
        with self.lock:
            self.asked += 1
            return self.left[:count]

    def one(self, row: int) -> None:
        with self.lock:
            if row not in self.left:
                return
            self.left.remove(row)
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        assert self.may_go.wait(5)
        with self.lock:
            self.at_work, self.done = self.at_work - 1, self.done + 1


def test_one_worker_works_off_all_that_is_due() -> None:
    rows = Rows(20)
    rows.may_go.set()

    Drain(rows.due, rows.one, at_once=3).work()

    assert (rows.left, rows.done, rows.most) == ([], 20, 1)


def test_what_is_due_is_asked_for_many_at_a_time() -> None:
    rows = Rows(24)
    rows.may_go.set()

    Drain(rows.due, rows.one, at_once=3).work()

    assert (rows.done, rows.asked) == (24, 3)


def test_however_many_messages_come_few_workers_are_at_it() -> None:
    rows = Rows(20)
    few = Drain(rows.due, rows.one, at_once=3)

    with ThreadPoolExecutor(12) as pool:
        jobs = [pool.submit(few.work) for _ in range(12)]
        while rows.at_work < 3 or sum(job.done() for job in jobs) < 9:
            threading.Event().wait(0.001)
        rows.may_go.set()

    assert (rows.left, rows.done, rows.most) == ([], 20, 3)


def test_a_worker_is_free_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(20)
    rows.may_go.set()
    monkeypatch.setattr(Drain, "FOR_SECONDS", 0.0)

    Drain(rows.due, rows.one, at_once=3).work()

    assert rows.done == 0


def test_it_ends_between_two_rows_that_were_found_together(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((0.0, 0.1, 0.2, 0.3, 2.5))
    monkeypatch.setattr(drain, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    rows = Rows(20)
    rows.may_go.set()

    Drain(rows.due, rows.one, at_once=3).work()

    assert (rows.done, rows.asked) == (2, 1)


def test_a_failure_leaves_the_place_to_others() -> None:
    rows = Rows(1)
    rows.may_go.set()

    def fail(_: int) -> None:
        raise ValueError

    failing = Drain(rows.due, fail, at_once=1)

    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - our own
            failing.work()
