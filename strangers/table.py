"""The table of strangers, as text and as Markdown: one column per exchange, and each reason below it once."""

from collections.abc import Iterator, Mapping

from strangers.shapes import Column

SIGNS = {"right": "ok", "wrong": "≠", "known": "≠", "lacks": "–"}


class Notes:
    """Numbers for reasons, in the order in which they are met."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def sign(self, name: str, verdict: str, reason: str) -> str:
        if verdict == "right":
            return SIGNS[verdict]
        marked = "WRONG: " if verdict == "wrong" else ""
        number = self.numbers.setdefault(f"{name}: {marked}{reason}", len(self.numbers) + 1)
        return f"{SIGNS[verdict]}{number}"


def is_right(columns: Mapping[str, Column]) -> bool:
    return not any(cell.verdict == "wrong" for column in columns.values() for cell in column.cells.values())


def rows_of(columns: Mapping[str, Column], notes: Notes) -> Iterator[list[str]]:
    yield ["", *columns]
    for title in next(iter(columns.values())).cells:
        cells = ((name, column.cells[title]) for name, column in columns.items())
        yield [title, *(notes.sign(name, cell.verdict, cell.reason) for name, cell in cells)]


def text(columns: Mapping[str, Column]) -> str:
    notes = Notes()
    rows = list(rows_of(columns, notes))
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    told = [f"{name}: {column.sdk}, by {column.pointed}, {column.seconds} s" for name, column in columns.items()]
    return "\n".join([*lines, "", *_numbered(notes), "", *told])


def markdown(columns: Mapping[str, Column]) -> str:
    notes = Notes()
    head, *rows = [f"| {' | '.join(row)} |" for row in rows_of(columns, notes)]
    told = [f"- {name}: {column.sdk}, led there by {column.pointed}" for name, column in columns.items()]
    return "\n".join([head, "|---" * (len(columns) + 1) + "|", *rows, "", *_numbered(notes), "", *told])


def _numbered(notes: Notes) -> list[str]:
    return [f"{number}. {reason}" for reason, number in notes.numbers.items()]
