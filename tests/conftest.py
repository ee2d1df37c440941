import shutil
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from languages.catalogues import compile_catalogues


@pytest.fixture(scope="session", autouse=True)
def catalogues():
    compile_catalogues()


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def starter(db):
    """The site as it is after `make serve` on a new machine."""
    call_command("setup", stdout=StringIO())


@pytest.fixture
def staff(db):
    return User.objects.create_superuser("redaktion", password="ein langes Passwort")


@pytest.fixture
def staff_client(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Debian's Chromium where there is one, else the one that Playwright installed."""
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    return {"executable_path": shutil.which("chromium"), "args": arguments}
