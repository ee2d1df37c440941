"""Steps of the Dockerfile, where the code can still be written: `python -m wirportal.image`.

Makes what an image brings along, and takes out of the packages what the site will never read:
there are a hundred languages in them that it does not have.
"""

import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path

import django
from django.conf import settings
from django.db import connection

from .serve import EMPTY_DATABASE

PACKAGES = Path(sysconfig.get_path("purelib"))
SUPERFLUOUS = (
    "*/**/static",  # has been collected
    "*/**/tests",
    "*/**/*.po",  # only compiled catalogues are read
    "django/contrib/gis",  # not installed
    *("PIL/_avif*", "pillow.libs/libavif*"),  # a format that uploads.py refuses
)


def make():
    from django.core.management import call_command

    from languages.catalogues import compile_catalogues

    compile_catalogues()
    call_command("collectstatic", verbosity=0, interactive=False)
    # To make all tables would take most of the first start.
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    shutil.copyfile(settings.DATABASES["default"]["NAME"], EMPTY_DATABASE)


def other_languages():
    """Yield the catalogues and the CLDR data of languages that the site does not have."""
    from languages.registry import REGISTRY

    kept = {code.partition("-")[0] for code in REGISTRY} | {"en"}
    for path in PACKAGES.glob("**/locale/*/"):
        if path.is_dir() and re.split("[_-]", path.name)[0] not in kept | {"__pycache__"}:
            yield path
    for path in PACKAGES.glob("babel/locale-data/*.dat"):
        if path.stem not in kept | {"root"}:
            yield path


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wirportal.settings")
    django.setup()
    if not settings.IS_BUILT:  # it would spoil the packages of a developer
        sys.exit("Nur im Dockerfile: Der Ordner staticfiles fehlt.")
    make()
    found = [path for pattern in SUPERFLUOUS for path in PACKAGES.glob(pattern)]
    for path in [*found, *other_languages()]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
