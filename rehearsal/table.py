"""What a rehearsal found, as rows and columns: one row for each exchange, one for each way in which it must fail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TableCell:
    """`text` is what was seen; what is not `is_ok` makes the whole rehearsal fail."""

    text: str
    is_ok: bool


NOTHING = TableCell("–", is_ok=True)
MISSING = TableCell("not seen", is_ok=False)


@dataclass
class Table:
    """A cell that nobody filled in was not seen, which is a failure."""

    title: str
    columns: tuple[str, ...]
    rows: dict[str, dict[str, TableCell]] = field(default_factory=dict)

    def put(self, row: str, column: str, cell: TableCell) -> None:
        if column not in self.columns:
            raise KeyError(column)
        self.rows.setdefault(row, {})[column] = cell

    def expect(self, rows: Iterable[str]) -> None:
        """Name the rows that there must be."""
        for row in rows:
            self.rows.setdefault(row, {})

    @property
    def wrong(self) -> list[str]:
        """Return what is not as it must be; a table without rows has shown nothing."""
        told = [
            f"{row}: {column}: {cell.text}"
            for row, cells in self.rows.items()
            for column in self.columns
            if not (cell := cells.get(column, MISSING)).is_ok
        ]
        return told if self.rows else [f"{self.title}: nothing was seen"]

    def lines(self) -> list[str]:
        body = [
            [row, *(_shown(cells.get(column, MISSING)) for column in self.columns)] for row, cells in self.rows.items()
        ]
        return [self.title, *aligned([["", *self.columns], *body]), ""]


def _shown(cell: TableCell) -> str:
    return cell.text if cell.is_ok else f"✗ {cell.text}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
