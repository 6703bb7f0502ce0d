"""No file needs a file that needs it: a reader goes down and never comes back."""

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest
from importlinter.application.use_cases import read_user_options
from importlinter.configuration import configure


def rooms() -> list[str]:
    configure()
    return list(read_user_options().session_options["root_packages"])


def order_of(needs: dict[str, set[str]]) -> list[str]:
    """Return the files, each after those that it needs; raises CycleError with the circle."""
    return list(TopologicalSorter(needs).static_order())


def test_there_is_no_circle_of_files() -> None:
    graph = grimp.build_graph(*rooms(), cache_dir=None)

    assert order_of({name: graph.find_modules_directly_imported_by(name) for name in graph.modules})


def test_a_circle_would_be_told() -> None:
    with pytest.raises(CycleError, match="in a cycle"):
        order_of({"a": {"b"}, "b": {"c"}, "c": {"a"}})
