"""A direct line to the broker, for asking whether it is there."""

import redis
from django.conf import settings


def connect() -> redis.Redis:
    """Return a client that gives up after half a second; raises ValueError for an unusable address."""
    url = settings.REDIS_URL.replace("redis+socket://", "unix://", 1)
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
