"""The third scene: bots trade as often as they can while processes die; then all books are compared."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from accounts.by import PRODUCT
from rehearsal.bots import Seat
from rehearsal.table import Table, TableCell

BOTS_EACH = 2
# A kill waits so long for an order to strike at: few of them, so each must count.
STRIKES_WITHIN = timedelta(seconds=3)

if TYPE_CHECKING:
    from rehearsal.world import Stage


def play(
    stage: "Stage", seats: Collection[Seat], table: Table, *, kills: int, seed: int, tell: Callable[[str], None]
) -> list[str]:
    """Fill in what each exchange's books are worth afterwards; return the lines that tell of the whole."""
    from chaos import stage as rows
    from chaos import trading
    from strategies.choices import StopLevel
    from strategies.models import Order
    from strategies.stops import flows

    if not seats:
        return ["no kills: no exchange has a connection on which a bot could trade"]
    bots = [
        rows.add_bot(one.connection, f"{one.slug} busy {number}", trading.PAIRS)
        for one in seats
        for number in range(BOTS_EACH)
    ]
    accounts = {one.connection.pk: one.account for one in seats}
    report = trading.rehearse(
        stage.control, stage.victims, bots, accounts, kills=kills, seed=seed, tell=tell, patience=STRIKES_WITHIN
    )
    for one in seats:
        wrong = [text.partition(": ")[2] for text in report.wrong if text.startswith(f"{one.account}: ")]
        sent = Order.objects.filter(group__bot__in=bots, connection=one.connection, sends__gt=0).count()
        # Books in which nothing was written are right, and prove nothing.
        table.put(
            one.slug, "kills", TableCell("; ".join(wrong) or f"{sent} orders, all right", is_ok=not wrong and sent > 0)
        )
    # The scene that comes next is one in which bots want to get out.
    flows.pause_everybody(StopLevel.NONE, by=PRODUCT)
    return list(trading.lines(report))


def general(lines: Collection[str]) -> bool:
    """Say whether the run as a whole ended as it must."""
    return all(
        any(line.startswith(right) for line in lines) for right in ("0 doubled", "0 beyond a limit, 0 differences")
    )
