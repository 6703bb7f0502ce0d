"""Threads that wait for an exchange: many while it answers, few while it does not."""

import contextlib
import threading
from collections.abc import Iterator

import pytest

from connections import crowds
from connections.crowds import Crowd
from exchanges.errors import Cause, ExchangeError, Trouble


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """Return the crowd before an exchange that has just let somebody wait in vain."""
    monkeypatch.setattr(crowds, "SLOW_SECONDS", 0)
    crowd = Crowd()
    fail(crowd)
    return crowd


def fail(crowd: Crowd) -> None:
    with contextlib.suppress(ExchangeError), crowd.join():
        raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE))


@contextlib.contextmanager
def waiting(crowd: Crowd, many: int) -> Iterator[None]:
    """Let so many threads wait for an answer meanwhile."""
    answered, inside = threading.Event(), threading.Barrier(many + 1)

    def wait() -> None:
        with crowd.join():
            inside.wait(5)
            answered.wait(5)

    threads = [threading.Thread(target=wait) for _ in range(many)]
    for thread in threads:
        thread.start()
    inside.wait(5)
    yield
    answered.set()
    for thread in threads:
        thread.join(5)


def test_many_wait_for_an_exchange_that_answers() -> None:
    crowd = Crowd()

    with waiting(crowd, 10), crowd.join():
        pass


def test_a_quick_refusal_is_no_reason_to_wait_less() -> None:
    crowd = Crowd()
    fail(crowd)

    with waiting(crowd, 10), crowd.join():
        pass


def test_few_wait_for_one_that_let_somebody_wait_in_vain(slow: Crowd) -> None:
    with waiting(slow, crowds.FEW), pytest.raises(ExchangeError), slow.join():
        pytest.fail("there was no place")

    with slow.join():
        pass


def test_it_is_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd()
    with monkeypatch.context() as patch:
        patch.setattr(crowds, "SLOW_SECONDS", 0)
        patch.setattr(crowds, "SLOW_FOR_SECONDS", 0)
        fail(crowd)

    with waiting(crowd, 10), crowd.join():
        pass


def test_each_exchange_and_venue_has_a_crowd_of_its_own() -> None:
    one, other = crowds.crowd_of("kucoin", "live"), crowds.crowd_of("kucoin", "practice")

    assert one is not other
    assert crowds.crowd_of("kucoin", "live") is one


def test_some_threads_are_left_to_others_however_quickly_it_answers() -> None:
    crowd = Crowd()

    with waiting(crowd, crowds.MANY), pytest.raises(ExchangeError), crowd.join():
        pytest.fail("there was no place")


def test_one_that_lets_somebody_wait_at_this_moment_is_slow_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "SLOW_SECONDS", 0)
    crowd = Crowd()

    with waiting(crowd, crowds.FEW), pytest.raises(ExchangeError), crowd.join():
        pytest.fail("there was no place")


def test_an_exit_is_never_one_too_many(slow: Crowd) -> None:
    with waiting(slow, crowds.FEW), slow.join(gives_way=False):
        assert slow.is_full()


def burst(crowd: Crowd, many: int) -> int:
    """Let so many threads come at the same moment, for an answer that comes when all have tried; return who got in."""
    together, tried = threading.Barrier(many), threading.Semaphore(0)
    answered, inside = threading.Event(), list[bool]()

    def order() -> None:
        together.wait(30)
        try:
            with crowd.join(few=crowds.HALF):
                inside.append(True)
                tried.release()
                answered.wait(30)
        except crowds.CrowdedError:
            tried.release()

    threads = [threading.Thread(target=order) for _ in range(many)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert tried.acquire(timeout=30)
    answered.set()
    for thread in threads:
        thread.join(30)
    return len(inside)


def test_of_a_burst_no_more_get_in_than_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # However long these threads take on a busy machine.
    monkeypatch.setattr(crowds, "SLOW_SECONDS", 60)

    assert burst(Crowd(), 40) == crowds.MANY


def test_of_a_burst_at_one_that_is_slow_half_as_many_get_in(slow: Crowd) -> None:
    assert burst(slow, 40) == crowds.HALF


def test_a_place_that_becomes_free_in_time_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "SLOW_SECONDS", 60)
    crowd, got_in = Crowd(), threading.Event()

    def order() -> None:
        with crowd.join(few=crowds.HALF, patience=30):
            got_in.set()

    late = threading.Thread(target=order)
    with waiting(crowd, crowds.MANY):
        late.start()
        assert not got_in.wait(0.05)
    late.join(30)

    assert got_in.is_set()
