"""What workers do for bots: ids in, one flow, nothing out."""

from collections.abc import Callable

import structlog
from celery import shared_task
from django.utils import timezone

from strategies.execution import lookup, reconcile, send
from strategies.look_backs import glimpse_work, map_work, work
from strategies.runner import tick, watch
from strategies.signals import handler

log = structlog.get_logger(__name__)


def _at_the_edge(flow: Callable[[int], None], row_id: int) -> None:
    """Carry out one flow. What fails in a way of its own leaves the row to the tick, and its text to nobody."""
    try:
        flow(row_id)
    except Exception as error:  # the process's edge: a foreign text must reach neither the log nor the broker
        log.error("flow_failed", flow=flow.__module__, row=row_id, exc_info=error)


@shared_task(name="strategies.handle_signal", acks_late=True, ignore_result=True)
def handle_signal(signal_id: int) -> None:
    _at_the_edge(handler.handle, signal_id)


@shared_task(name="strategies.send_order", acks_late=True, ignore_result=True)
def send_order(order_id: int) -> None:
    _at_the_edge(send.send, order_id)


@shared_task(name="strategies.look_up", acks_late=True, ignore_result=True)
def look_up(order_id: int) -> None:
    _at_the_edge(lookup.look_up_due, order_id)


@shared_task(name="strategies.watch", acks_late=True, ignore_result=True)
def watch_feed(feed_id: int) -> None:
    _at_the_edge(watch.watch, feed_id)


@shared_task(name="strategies.reconcile", acks_late=True, ignore_result=True)
def compare_books(connection_id: int) -> None:
    _at_the_edge(reconcile.reconcile_due, connection_id)


@shared_task(name="strategies.look_back", acks_late=True, ignore_result=True)
def look_back(look_back_id: int) -> None:
    _at_the_edge(work.work, look_back_id)


@shared_task(name="strategies.look_back_tick", ignore_result=True)
def tick_look_backs() -> None:
    """Wake the worker for looks back for what it was not told of."""
    now = timezone.now()
    work.wake_due(now)
    glimpse_work.wake_due(now)
    map_work.wake_due(now)


@shared_task(name="strategies.map_settings", acks_late=True, ignore_result=True)
def map_settings(look_back_id: int) -> None:
    _at_the_edge(map_work.work, look_back_id)


@shared_task(name="strategies.glimpse", acks_late=True, ignore_result=True)
def glimpse(glimpse_id: int) -> None:
    _at_the_edge(glimpse_work.work, glimpse_id)


@shared_task(name="strategies.tick", ignore_result=True)
def tick_bots() -> None:
    """Wake workers for all that is due or was lost: safe to run twice, or late."""
    now = timezone.now()
    for part in tick.PARTS:
        try:
            part(now)
        except Exception as error:  # the process's edge: the other parts are not to blame
            log.error("tick_failed", part=part.__name__, exc_info=error)
