"""How the web process runs: one process, threads, no access log (requests are logged as JSON by the application)."""

import os

from backfuture.hiding import hide_tokens

# At debug level gunicorn names every address, and an access log would if somebody switched one on.
hide_tokens("gunicorn.error", "gunicorn.access")
bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
# Loaded before the fork, code is shared between processes; with one process that would only fill the arbiter.
preload_app = workers > 1
timeout = 30
graceful_timeout = 6
keepalive = 15
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - memory, not disk
control_socket_disable = True
# Django decides which proxies it trusts (TRUSTED_PROXIES); gunicorn only passes the scheme on.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
limit_request_line = 4096
limit_request_fields = 60
