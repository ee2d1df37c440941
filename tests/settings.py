"""The site's own settings in an environment of the tests' own."""

import os
import tempfile
from pathlib import Path

_folder = tempfile.mkdtemp(prefix="wir-tests-")
Path(_folder, "static").mkdir()  # whitenoise warns of a missing one
os.environ |= {
    "DATA_DIR": _folder,
    "SECRET_KEY": "only-for-tests",
    "SITE_URL": "http://testserver",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright's event loop runs in the same thread
}
_own = ("DEBUG", "DATABASE_URL", "HOST", "PORT", "REDIS_URL", "EMAIL_URL", "TRUSTED_PROXIES")
for _name in (*_own, "REQUIRE_MFA"):
    os.environ.pop(_name, None)
if _url := os.environ.get("TEST_DATABASE_URL"):  # tests/postgres.py
    os.environ["DATABASE_URL"] = _url

from wirportal.settings import *  # noqa: E402, F403
from wirportal.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file, as in production: the live server's threads share it under SQLite's real locks.
if not _url:
    DATABASES["default"]["TEST"] = {"NAME": Path(_folder) / "test.sqlite3"}
    # No power cut has to be survived.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
