"""The files of deploy/ and compose.yaml: systemd understands them, and what they name exists."""

import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import get_commands

DEPLOY = settings.BASE_DIR / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
#: Of 10; systemd's own measure of what a service may do (0 is nothing at all).
EXPOSURE = 2


@pytest.fixture
def units(tmp_path):
    """Return the units as they would be for this checkout."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        text = text.replace("/srv/wir/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    return sorted(tmp_path.iterdir())


def test_systemd_understands_every_unit(units):
    assert len(units) == 7
    command = ["systemd-analyze", "verify", "--man=no", *units]
    said = subprocess.run(command, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


def test_no_service_may_do_more_than_it_needs(units):
    for unit in [unit for unit in units if unit.suffix == ".service"]:
        limit = f"--threshold={EXPOSURE * 10}"
        command = ["systemd-analyze", "security", "--offline=true", "--no-pager", limit, unit]
        said = subprocess.run(command, capture_output=True, text=True)
        assert not said.returncode, said.stdout[-100:]


def test_every_timer_has_its_service_and_every_service_its_command():
    names = {unit.name for unit in UNITS}
    for unit in UNITS:
        assert unit.with_suffix(".service").name in names
        asked = re.findall(r"manage\.py (\w+)", unit.read_text(encoding="utf-8"))
        assert set(asked) <= set(get_commands()), unit.name


@pytest.mark.parametrize("path", ["deploy/wir.env", "compose.yaml", "Dockerfile"])
def test_every_variable_is_one_of_the_readme(path):
    text = (settings.BASE_DIR / path).read_text(encoding="utf-8")
    readme = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
    known = set(re.findall(r"`([A-Z_]{4,})`", readme))
    found = set(re.findall(r"^(?:# |    |  )?([A-Z]+_[A-Z_]+|HOST|PORT)[=:]", text, re.MULTILINE))
    found |= set(re.findall(r" ([A-Z]+_[A-Z_]+|HOST|PORT)=", text))
    of_others = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "PIP_NO_CACHE_DIR"}
    assert found & known
    assert found - of_others <= known | {"PIP_DISABLE_PIP_VERSION_CHECK"}


def test_scripts_are_scripts():
    for path in (DEPLOY / "wir", settings.BASE_DIR / "tests" / "container.sh"):
        assert path.stat().st_mode & 0o111, path.name
        subprocess.run(["bash", "-n", path], check=True)
