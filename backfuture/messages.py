"""How messages travel: what the web, the worker and the beat must agree on."""

import sys
from typing import Any

from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["redis"] = "backfuture.transport:Transport"
TICK_SECONDS = 2.0
TRADING_TICK_SECONDS = 1.0
SEAL_SECONDS = 5.0
SWEEP_SECONDS = 60.0
LOOK_BACK_SECONDS = 5.0
# What each kind of worker serves, the first that has a message first. Signals and orders have a process to themselves:
# all threads of one share an interpreter, and each second prices would take it for a tenth of a second. Checks and
# look-ups wait for exchanges. What looks back reckons for seconds on end, and leaves the processor to all others.
KINDS = {
    "orders": ("orders",),
    "prices": ("ticks", "prices"),
    "checks": ("upkeep", "checks", "books"),
    "lookback": ("lookback",),
}
# These open no keys of traders.
KEYLESS = {"lookback"}
# A worker of no kind serves everything: signals before checks, and what became of orders last. Of either kind, what
# stands last has its share of the turns (workers/turns.py).
QUEUES = ("ticks", "orders", "prices", "upkeep", "checks", "books", "lookback")
# Without these nobody trades; a look back can wait.
NEEDED = tuple(queue for kind, queues in KINDS.items() if kind != "lookback" for queue in queues)
# A page that wakes a worker may lose a second to a dead broker, not the default minutes.
PATIENCE_SECONDS = 0.5
ONE_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}

MESSAGES = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "result_backend": None,
    "task_ignore_result": True,
    "task_send_sent_event": False,
    "task_publish_retry_policy": ONE_RETRY,
    "task_default_queue": "checks",
    "task_routes": {
        "accounts.*": {"queue": "upkeep"},
        "messaging.*": {"queue": "upkeep"},
        "connections.tick": {"queue": "upkeep"},
        "strategies.tick": {"queue": "ticks"},
        "strategies.watch": {"queue": "prices"},
        "strategies.look_up": {"queue": "books"},
        "strategies.reconcile": {"queue": "books"},
        "strategies.look_back": {"queue": "lookback"},
        "strategies.look_back_tick": {"queue": "lookback"},
        "strategies.map_settings": {"queue": "lookback"},
        "strategies.glimpse": {"queue": "lookback"},
        "strategies.*": {"queue": "orders"},
    },
}
WORKER = {
    "task_acks_late": True,
    # A task that kills its worker must not come back at once and kill the next: the reaper brings it back.
    "task_reject_on_worker_lost": False,
    "worker_prefetch_multiplier": 1,
    "worker_send_task_events": False,
    # Celery's own care for Django would close the database's connection before and after each task, which costs a new
    # one up to 20 ms; backfuture/celery.py looks after them.
    "CELERY_DB_REUSE_MAX": sys.maxsize // 2,
    "worker_enable_remote_control": False,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
}
BEAT = {
    "beat_scheduler": "backfuture.scheduler.Scheduler",
    "beat_max_loop_interval": TRADING_TICK_SECONDS,
    "beat_schedule": {
        # Expired ticks are dropped unread, so those that waited for a worker cost nothing.
        "tick": {
            "task": "connections.tick",
            "schedule": TICK_SECONDS,
            "options": {"expires": 2 * TICK_SECONDS},
        },
        "trading": {
            "task": "strategies.tick",
            "schedule": TRADING_TICK_SECONDS,
            "options": {"expires": 2 * TRADING_TICK_SECONDS},
        },
        "seal": {
            "task": "accounts.seal",
            "schedule": SEAL_SECONDS,
            "options": {"expires": SEAL_SECONDS},
        },
        "mails": {
            "task": "accounts.send_mails",
            "schedule": 2 * TICK_SECONDS,
            "options": {"expires": 2 * TICK_SECONDS},
        },
        "messages": {
            "task": "messaging.send",
            "schedule": 2 * TICK_SECONDS,
            "options": {"expires": 2 * TICK_SECONDS},
        },
        "old-messages": {
            "task": "messaging.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": 2 * TICK_SECONDS},
        },
        "look-backs": {
            "task": "strategies.look_back_tick",
            "schedule": LOOK_BACK_SECONDS,
            "options": {"expires": LOOK_BACK_SECONDS},
        },
        "sweep": {
            "task": "accounts.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": 2 * TICK_SECONDS},
        },
    },
}


def configuration() -> dict[str, Any]:
    broker = {
        "broker_url": settings.REDIS_URL,
        "broker_transport_options": {
            "socket_connect_timeout": PATIENCE_SECONDS,
            "socket_timeout": PATIENCE_SECONDS,
            "queue_order_strategy": "workers.turns:Turns",
            **ONE_RETRY,
        },
        "broker_connection_timeout": PATIENCE_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
    }
    return {**broker, **MESSAGES, **WORKER, **BEAT}
