"""The rows judge: each of them can come out wrong."""

from decimal import Decimal

import pytest

from strangers import judging, shapes
from strangers.__main__ import fill_cell
from strangers.scene import Scene
from strangers.shapes import DiffersError, RefusedError


class Nobody(shapes.Stranger):
    slug, sdk = "kucoin", "nobody"
    refusals = {"funds": "^200004 "}
    lacks = {"key rights": "it cannot ask"}
    known = {"ticker": "it reads them badly"}


class Quiet(Scene):
    """A scene without an exchange behind it."""

    def pin(self, price: Decimal = Decimal(1), depth: Decimal = Decimal(1)) -> None:
        pass


SCENE = Quiet("http://127.0.0.1:1", Nobody)


def right(scene: Scene) -> None:
    pass


def wrong(scene: Scene) -> None:
    judging.same("state", "open", "filled")


def broken(scene: Scene) -> None:
    raise KeyError("debugMsg")


def test_a_difference_is_told_with_what_was_found() -> None:
    assert fill_cell("cancel", wrong, SCENE) == shapes.Cell("wrong", "state is open, not filled")


def test_whatever_an_sdk_raises_is_a_difference() -> None:
    assert fill_cell("cancel", broken, SCENE) == shapes.Cell("wrong", "KeyError: 'debugMsg'")


def test_what_a_stranger_lacks_is_not_asked() -> None:
    assert fill_cell("key rights", broken, SCENE) == shapes.Cell("lacks", "it cannot ask")


def test_a_known_difference_is_excused_only_while_it_is_there() -> None:
    assert fill_cell("ticker", wrong, SCENE).verdict == "known"
    assert fill_cell("ticker", right, SCENE).verdict == "wrong"


def place(*refused: object) -> None:
    if refused:
        raise RefusedError(*refused)


@pytest.mark.parametrize(("refused", "is_right"), [((200004, "no money"), True), ((200005, "no"), False), ((), False)])
def test_a_refusal_counts_only_in_the_exchanges_words(refused: tuple[object, ...], is_right: bool) -> None:
    stranger = Nobody("http://127.0.0.1:1", shapes.Keys("", ""))
    if is_right:
        judging.refuses(stranger, "funds", lambda: place(*refused))
        return

    with pytest.raises(DiffersError):
        judging.refuses(stranger, "funds", lambda: place(*refused))
