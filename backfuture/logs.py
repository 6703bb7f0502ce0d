"""One JSON line per event; the loggers that print requests and secrets are pinned."""

import structlog

# ccxt logs headers and bodies at DEBUG whatever `verbose` says; the HTTP libraries log signed URLs.
# Django's template logger prints whole contexts (links of mails, requests), the database's every parameter.
PINNED = (
    *("ccxt", "ccxt.base.exchange", "urllib3", "requests", "aiohttp", "asyncio", "kombu", "amqp", "redis"),
    *("django.template", "django.db.backends"),
)
# A tick every two seconds is no news.
CHATTY = ("celery.beat", "celery.worker.strategy", "celery.app.trace")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {name: {"level": "WARNING"} for name in (*PINNED, *CHATTY)},
}

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.UnicodeDecoder(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
