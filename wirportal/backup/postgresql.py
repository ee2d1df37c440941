"""PostgreSQL's own programs: they alone know how to write down a whole database, and read it again.

Passwords go to them in the environment: arguments are seen by everybody on the machine.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.db import connections
from django.db.backends.postgresql.client import DatabaseClient

from .archive import Refused

#: Debian keeps several versions here, and only a guess among them in the PATH.
DEBIAN = Path("/usr/lib/postgresql")


def server_version():
    return connections["default"].pg_version // 10_000


def version_of(path):
    command = [str(path), "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def program(name, version):
    """Return the path of the program as new as the server; else the next newer one."""
    paths = [*DEBIAN.glob(f"*/bin/{name}"), *filter(None, [shutil.which(name)])]
    found = {version_of(path): str(path) for path in paths}
    if not found:
        raise Refused(
            f"Das Programm {name} fehlt. In Debian und Ubuntu: sudo apt install postgresql-client"
        )
    fitting = [number for number in found if number >= version]
    if not fitting:
        raise Refused(
            f"{name} ist Version {max(found)}, der Server ist Version {version}. "
            f"Gebraucht wird: postgresql-client-{version}"
        )
    return found[min(fitting)]


def run(name, version, *arguments, connect=False):
    """Run the program; with `connect`, on the site's database."""
    command, environment = [program(name, version)], {}
    if connect:
        settings_dict = connections["default"].settings_dict
        where, environment = DatabaseClient.settings_to_cmd_args_env(settings_dict, [])
        command += [*where[1:-1], "-d", where[-1]]
    result = subprocess.run(  # noqa: S603
        [*command, *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if result.returncode:
        said = result.stderr.decode(errors="replace").strip().splitlines()
        wrong = [line for line in said if "error" in line.lower()] or said or ["abgebrochen"]
        raise Refused(f"{name}: {wrong[0]}")


def dump(path, snapshot, without):
    """Write the database as it is in a snapshot, but not the rows of the tables `without`."""
    leave_out = [f"--exclude-table-data={table}" for table in without]
    options = ["--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    run(
        *("pg_dump", server_version(), *options, *leave_out),
        *(f"--snapshot={snapshot}", f"--file={path}"),
        connect=True,
    )


def check(path):
    """Read a dump to its end."""
    run("pg_restore", 0, "--file=/dev/null", path)


#: Tables of a newer version would be in the way, and `pg_restore --clean` knows only older ones.
#: Extensions stay: they may belong to the administrator of the server.
CLEAR = """
DO $$ DECLARE command text; BEGIN
  FOR command IN
    SELECT format('DROP TABLE IF EXISTS %s CASCADE', c.oid::regclass) FROM pg_class c
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
    WHERE pronamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE command; END LOOP;
END $$;
"""


def restore(path, last):
    """Replace the whole database and run the statements `last`, in one transaction."""
    first, script, end = (path.with_name(name) for name in ("1.sql", "2.sql", "3.sql"))
    first.write_text(CLEAR)
    options = ["--no-owner", "--no-privileges", "--no-comments"]
    run("pg_restore", server_version(), *options, f"--file={script}", path)
    end.write_text(f"RESET search_path;\n{last}\n")
    run(
        *("psql", server_version(), "--no-psqlrc", "--quiet", "--no-password"),
        *("--single-transaction", "--set=ON_ERROR_STOP=1"),
        *("--file", first, "--file", script, "--file", end),
        connect=True,
    )
