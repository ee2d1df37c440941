"""Values from the environment; what cannot be understood stops the start with one clear line."""

import os
from ipaddress import ip_network
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def flag(name, default):
    value = os.environ.get(name, "").lower()
    if value not in {"", "0", "1"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1" if value else default


def megabytes(name, default):
    value = os.environ.get(name) or str(default)
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a number of megabytes, not {value!r}.")
    return int(value) * 1_000_000


def networks(name, default):
    try:
        return [ip_network(part.strip()) for part in (os.environ.get(name) or default).split(",")]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be addresses or networks: {error}.") from error


BACKENDS = {
    "": "dummy.EmailBackend",
    "console": "console.EmailBackend",
    "smtp": "smtp.EmailBackend",
    "smtps": "smtp.EmailBackend",
}


def mail(url, sender):
    """Return Django's settings: smtps is TLS from the start, smtp STARTTLS unless it is local."""
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "smtps"
    try:
        return {
            "EMAIL_BACKEND": f"django.core.mail.backends.{BACKENDS[parts.scheme]}",
            "EMAIL_HOST": host,
            "EMAIL_PORT": parts.port or (465 if is_tls else 587),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": is_tls,
            "EMAIL_USE_TLS": not is_tls and host not in {"localhost", "127.0.0.1", "::1"},
            "EMAIL_TIMEOUT": 10,  # seconds
            "DEFAULT_FROM_EMAIL": parse_qs(parts.query).get("from", [sender])[0],
        }
    except (KeyError, ValueError):  # the URL may hold a password: it is not repeated here
        raise ImproperlyConfigured(
            "EMAIL_URL must be like smtps://user:password@host:465/?from=wir@example.org."
        ) from None
