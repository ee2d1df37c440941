"""`manage.py restore` with archives that are broken, hostile or of another site."""

import hashlib
import json
import resource
import subprocess
import tarfile

import pytest
from django.core.management import CommandError, call_command

from tests.wirportal.broken_archives import WRONG, repacked
from tests.wirportal.sites import SERVER

#: Restores one archive after the other, and says why it did not.
RESTORE = """
import io, json, sys
from django.core.management import CommandError, call_command
for path in sys.stdin:
    try:
        call_command("restore", path.rstrip(), yes=True, stdout=io.StringIO())
    except CommandError as error:
        print(json.dumps(str(error)), flush=True)
    else:
        print(json.dumps("restored"), flush=True)
"""


def test_no_wrong_archive_touches_anything(site, good, tmp_path):
    def limited():  # what is read into memory whole, ends here
        resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))

    before, path = site.everything(), tmp_path / "wrong.tar"
    with site.start(
        "shell", "-v0", "-c", RESTORE, stdin=subprocess.PIPE, preexec_fn=limited
    ) as process:
        for name, (make, text) in WRONG.items():
            path.unlink(missing_ok=True)
            make(path, good)
            print(path, file=process.stdin, flush=True)
            line = json.loads(process.stdout.readline() or process.stderr.read())
            assert line.startswith("Nicht zurückgespielt."), name
            assert "\n" not in line, name
            assert any(part in line for part in text.split("|")), f"{name}: {line}"
            assert site.everything() == before, name
        process.stdin.close()
        assert (process.wait(), process.stderr.read()) == (0, "")
    line = site.refusal("restore", "--yes", path)
    assert line.startswith("Nicht zurückgespielt."), "the same, as an operator calls it"
    assert site.everything() == before


@pytest.mark.parametrize("name", ["half", "a wrong file", "a wrong database", "other rows"])
def test_checking_finds_what_is_broken(good, tmp_path, name):
    path = tmp_path / "wrong.tar"
    WRONG[name][0](path, good)
    with pytest.raises(CommandError, match="beschädigt"):
        call_command("backup", path, check=True)


@pytest.mark.both_databases
def test_an_archive_of_the_other_database_is_refused(site, good, tmp_path):
    names = {"sqlite": "database.sqlite3.gz", "postgresql": "database.dump"}
    other = "sqlite" if SERVER else "postgresql"
    data = b"not looked into"

    def change(manifest):
        del manifest["members"][names[manifest["vendor"]]]
        manifest["vendor"] = other
        checksum = hashlib.sha256(data).hexdigest()
        manifest["members"][names[other]] = {"size": len(data), "sha256": checksum}

    info = tarfile.TarInfo(names[other])
    info.size = len(data)
    path = tmp_path / "other.tar"
    gone = names["postgresql" if SERVER else "sqlite"]
    repacked(path, good, add=[(info, data)], change=change, leave_out=[gone])
    assert "Die Sicherung ist von" in site.refusal("restore", "--yes", path)
