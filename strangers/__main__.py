"""Run one stranger through all rows: python -m strangers NAME ADDRESS; the column goes to standard output as JSON."""

import contextlib
import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module, metadata

from strangers.rows import ROWS
from strangers.scene import Scene
from strangers.shapes import Cell, Column, DiffersError, Stranger


def fill_column(name: str, root: str) -> Column:
    stranger: type[Stranger] = import_module(f"strangers.clients.{name}").Stranger
    column = Column(f"{stranger.sdk} {metadata.version(stranger.sdk)}", stranger.pointed)
    scene, started = Scene(root, stranger), time.monotonic()
    for title, row in ROWS.items():
        column.cells[title] = fill_cell(title, row, scene)
    column.seconds = round(time.monotonic() - started, 1)
    return column


def fill_cell(title: str, row: Callable[[Scene], None], scene: Scene) -> Cell:
    stranger = scene.stranger
    if title in stranger.lacks:
        return Cell("lacks", stranger.lacks[title])
    wrong = ask(row, scene)
    if title not in stranger.known:
        return Cell("wrong", wrong) if wrong else Cell("right")
    if wrong:
        return Cell("known", stranger.known[title])
    return Cell("wrong", f"right by now, so no longer to be excused: {stranger.known[title]}")


def ask(row: Callable[[Scene], None], scene: Scene) -> str:
    """Return what is wrong, or nothing."""
    scene.pin()
    try:
        row(scene)
    except DiffersError as differs:
        return str(differs)
    except Exception as error:
        # An SDK may raise anything, and that is the finding.
        logging.debug("%s", name_of(error), exc_info=True)
        return name_of(error)
    finally:
        scene.close()
    return ""


def name_of(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}"


def main(name: str, root: str) -> None:
    # Some SDKs print; what is printed must not end up in the answer.
    with contextlib.redirect_stdout(sys.stderr):
        column = fill_column(name, root)
    json.dump(asdict(column), sys.stdout)


if __name__ == "__main__":
    if "--debug" in sys.argv:
        logging.basicConfig(level=logging.DEBUG)
        sys.argv.remove("--debug")
    main(*sys.argv[1:])
