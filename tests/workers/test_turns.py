"""Queues are served by rank, and what stands last is served all the same."""

from collections import Counter

from workers.turns import SHARE, Turns

RANKED = ("ticks", "orders", "checks", "books")


class Line:
    """Queues of which each holds so many messages, as a worker takes them."""

    def __init__(self, **waiting: int) -> None:
        self.waiting, self.turns = Counter(waiting), Turns()
        self.turns.update(RANKED)

    def take(self, count: int) -> list[str]:
        taken: list[str] = []
        for _ in range(count):
            queue = next(one for one in self.turns.consume(len(RANKED)) if self.waiting[one])
            self.waiting[queue] -= 1
            self.turns.rotate(queue)
            taken.append(queue)
        return taken


def test_the_first_that_has_a_message_is_served_first() -> None:
    assert Line(books=1, checks=1, orders=1).take(3) == ["orders", "checks", "books"]


def test_the_last_is_served_soon_while_the_first_never_ends() -> None:
    line = Line(orders=1000, books=1)

    assert "books" in line.take(SHARE)


def test_those_behind_share_their_turns_and_the_first_keeps_the_rest() -> None:
    line = Line(orders=1000, checks=1000, books=1000)

    taken = Counter(line.take(30 * SHARE))

    assert taken == {"orders": 30 * (SHARE - 1), "checks": 15, "books": 15}


def test_a_queue_alone_is_served_each_time() -> None:
    assert Line(books=9).take(9) == ["books"] * 9


def test_queues_that_are_served_no_more_have_no_turn() -> None:
    line = Line(orders=10, books=10)
    line.turns.update(["orders"])

    assert set(line.turns.consume(1)) == {"orders"}
