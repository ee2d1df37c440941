"""LOG_FORMAT=json: one JSON object a line on the standard output, for systems that collect logs."""

import json
import logging
import os
import sys
from datetime import UTC, datetime

from gunicorn.glogging import Logger


def as_json(message, level, logger, created, **more):
    time = datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds")
    line = {"time": time, "level": level, "logger": logger, "message": message} | more
    return json.dumps(line, ensure_ascii=False)


def as_line(message, level="INFO"):
    """Return a line of the start as LOG_FORMAT wants it; the settings may not be there yet."""
    if os.environ.get("LOG_FORMAT") != "json":
        return message
    return as_json(message, level, "wirportal.serve", datetime.now(UTC).timestamp())


class JSONFormatter(logging.Formatter):
    def format(self, record):
        more = {}
        if record.exc_info:
            more["exception"] = self.formatException(record.exc_info)
        message = record.getMessage()
        return as_json(message, record.levelname, record.name, record.created, **more)


class ServerLogger(Logger):
    """gunicorn's own lines."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JSONFormatter())
            handler.setStream(sys.stdout)


def logging_config(form):
    """Return Django's LOGGING; `form` is "text" or "json"."""
    stream = "ext://sys.stdout" if form == "json" else "ext://sys.stderr"
    console = {"class": "logging.StreamHandler", "formatter": form, "stream": stream}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {"()": "wirportal.logs.JSONFormatter"},
        },
        "handlers": {"console": console},
        "root": {"handlers": ["console"], "level": "INFO"},
        # Every scanner's guess, missing page and refused right would be lines in the log.
        "loggers": {
            "django.security": {"level": "CRITICAL"},
            "django.request": {"level": "ERROR"},
        },
    }
