"""A fingerprint of all that a page is made of besides the content."""

import hashlib
from importlib.metadata import distributions

from django.conf import settings

CODE = ("*.py", "*.html", "*.xml", "*.mo", "*.json", "*.css", "*.svg")
FOLDERS = ("contacts", "languages", "locale", "offers", "programme", "static", "templates")


def build():
    """Return a short text that is another one after an update, in each process the same.

    It changes with code, templates, catalogues, static files, settings and installed packages.
    """
    digest = hashlib.sha256()
    folders = [settings.BASE_DIR / name for name in (*FOLDERS, "wirportal")]
    for folder in [*folders, settings.OWN_LOCALE]:
        for path in sorted(path for pattern in CODE for path in folder.rglob(pattern)):
            digest.update(path.name.encode() + path.read_bytes())
    for name in sorted(name for name in dir(settings) if name.isupper()):
        value = getattr(settings, name)
        if name != "SECRET_KEY" and isinstance(value, (str, int, list, tuple, dict)):
            digest.update(f"{name}={value!r}\n".encode())
    packages = sorted(f"{found.name} {found.version}" for found in distributions())
    digest.update("\n".join(packages).encode())
    return digest.hexdigest()[:16]
