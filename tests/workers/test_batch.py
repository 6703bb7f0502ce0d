"""Work that is shared by those who wait for it, and the count of signals under way."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from workers.batch import Together
from workers.priority import GIVES_WAY_SECONDS, UnderWay


class Worker:
    """Doubles numbers; the first piece of work waits until it may go on, and odd ones out fail."""

    def __init__(self, *, bad: int | None = None) -> None:
        self.portions: list[list[int]] = []
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.bad = bad

    def __call__(self, keys: Sequence[int]) -> dict[int, int]:
        self.portions.append(sorted(keys))
        if not self.begun.is_set():
            self.begun.set()
            assert self.may_end.wait(5)
        if self.bad in keys:
            raise ValueError(self.bad)
        return {key: 2 * key for key in keys}


def rush(worker: Worker, *keys: int) -> list[object]:
    """Let one call hold the turn until all the others wait, then return what became of each."""
    together = Together(worker)
    with ThreadPoolExecutor(len(keys)) as pool:
        jobs = [pool.submit(together, keys[0])]
        assert worker.begun.wait(5)
        jobs += [pool.submit(together, key) for key in keys[1:]]
        while len(together._waiting) < len(keys) - 1:
            threading.Event().wait(0.001)
        worker.may_end.set()
        return [job.exception() or job.result() for job in jobs]


def test_a_call_alone_is_worked_off_alone() -> None:
    worker = Worker()
    worker.begun.set()

    assert Together(worker)(3) == 6
    assert worker.portions == [[3]]


def test_calls_that_waited_are_worked_off_at_once() -> None:
    worker = Worker()

    assert rush(worker, 1, 2, 3, 4) == [2, 4, 6, 8]
    assert worker.portions == [[1], [2, 3, 4]]


def test_the_same_key_twice_is_worked_off_once_and_told_to_both() -> None:
    worker = Worker()

    assert rush(worker, 1, 2, 2) == [2, 4, 4]
    assert worker.portions == [[1], [2]]


def test_one_that_fails_takes_no_other_along() -> None:
    worker = Worker(bad=3)

    results = rush(worker, 1, 2, 3, 4)

    assert [results[0], results[1], results[3]] == [2, 4, 8]
    assert isinstance(results[2], ValueError)


def test_a_failure_alone_is_told_to_its_caller() -> None:
    worker = Worker(bad=3)
    worker.begun.set()

    with pytest.raises(ValueError, match="3"):
        Together(worker)(3)


def test_other_work_goes_on_at_once_when_no_signal_is_under_way() -> None:
    signals = UnderWay()
    began = time.monotonic()

    signals.give_way()

    assert time.monotonic() - began < GIVES_WAY_SECONDS / 2


def test_other_work_waits_for_the_last_signal_under_way() -> None:
    signals, went = UnderWay(), threading.Event()

    def work() -> None:
        signals.give_way()
        went.set()

    with signals.joined():
        thread = threading.Thread(target=work)
        thread.start()
        assert not went.wait(0.02)
    thread.join(5)

    assert went.is_set()


def test_other_work_goes_on_after_a_while_although_signals_never_end() -> None:
    signals = UnderWay()

    with signals.joined():
        began = time.monotonic()
        signals.give_way()

    assert time.monotonic() - began >= GIVES_WAY_SECONDS * 0.9
