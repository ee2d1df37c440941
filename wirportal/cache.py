"""Redis as the cache, for as long as it answers; the database stands in for it."""

import logging
import time

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

PAUSE = 1  # seconds in which nobody else tries to reach a Redis that is away
PATIENCE = 0.3  # seconds
OPTIONS = {
    "socket_timeout": PATIENCE,
    "socket_connect_timeout": PATIENCE,
    "retry": Retry(NoBackoff(), 0),
}


class State:
    """Of this process: Django makes a cache object for each thread."""

    away, away_until = False, 0


def first_redis(name):
    """Make the method `name` that asks Redis, or the database while Redis is away."""
    ask_redis = getattr(RedisCache, name)

    def method(self, *args, **kwargs):
        if time.monotonic() >= State.away_until:
            try:
                answer = ask_redis(self, *args, **kwargs)
            except RedisError as error:
                State.away_until = time.monotonic() + PAUSE
                self.note(error)
            else:
                self.note(None)
                return answer
        return getattr(caches["database"], name)(*args, **kwargs)

    return method


class RedisOrDatabase(RedisCache):
    def __init__(self, server, params):
        super().__init__(server, params | {"OPTIONS": OPTIONS | params.get("OPTIONS", {})})

    @staticmethod
    def note(error):
        if error and not State.away:
            logger.error("Redis is away, the database stands in: %s", type(error).__name__)
        elif State.away and not error:
            logger.warning("Redis is back.")
        State.away = bool(error)

    add, get, set = first_redis("add"), first_redis("get"), first_redis("set")
    get_many, set_many = first_redis("get_many"), first_redis("set_many")
    touch, has_key, incr = first_redis("touch"), first_redis("has_key"), first_redis("incr")
    delete, delete_many = first_redis("delete"), first_redis("delete_many")
    clear = first_redis("clear")
