"""Run the tests that must hold on both databases on PostgreSQL: `python -m tests.postgres`.

Starts a server of its own in a temporary folder, on a free port of this machine only, and stops it
at the end. PostgreSQL refuses to run as root: then it runs as the user that Debian's package makes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port


def programs():
    """Return the folder of PostgreSQL's programs; Debian keeps it out of the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(folders, key=lambda path: int(path.parts[-3]), default=None)
    return newest.parent if newest else None


@contextmanager
def server():
    """Start PostgreSQL and yield its address as DATABASE_URL wants it."""
    with tempfile.TemporaryDirectory(prefix="wir-postgres-") as folder:
        user = {"user": "postgres"} if os.geteuid() == 0 else {}
        if user:
            shutil.chown(folder, "postgres")
        data, port = Path(folder, "data"), free_port()

        def run(program, *arguments):
            command = [programs() / program, *arguments]
            log = Path(folder, "log")
            with log.open("a") as output:
                subprocess.run(command, check=True, cwd="/", stdout=output, stderr=output, **user)

        run("initdb", "-D", data, "-A", "trust", "-U", "wir", "-E", "UTF8", "--locale=C", "-N")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        run("pg_ctl", "-D", data, "-w", "-o", options, "start")
        try:
            yield f"postgres://wir@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def main():
    with server() as url:
        environment = {**os.environ, "TEST_DATABASE_URL": url}
        command = [sys.executable, "-m", "pytest", "-m", "both_databases", *sys.argv[1:]]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
