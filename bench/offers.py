"""`make bench`: how fast the overview is with 1,000 and with 50,000 offers, on both databases.

Each database has one gunicorn worker of its own, on this machine only. bench/README.md says what
is measured, and shows results.
"""

import argparse
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from datetime import datetime
from statistics import median, quantiles
from urllib.parse import quote

from .databases import FOLDER, PROJECT, SQLite, postgresql, prepared
from .report import machine, show
from .site import Site

PAGES = {
    "Themen": "/de/angebote/",
    "Liste": "/de/angebote/?seite=1",
    "drei Filter (arabisch)": "/ar/angebote/?thema=wohnen&ort=elz&kostenlos=1",
    "Suche „Deutschkurs“": "/de/angebote/?q=Deutschkurs",
    "Suche „دورة“ (arabisch)": f"/ar/angebote/?q={quote('دورة')}",
    "Suche „Detuschkurs“": "/de/angebote/?q=Detuschkurs",
    "Suche „beratung“": "/de/angebote/?q=beratung",
    "ein Angebot": "",  # its address is in the list
    "Partner": "/de/partner/",
}
OFFER = re.compile(r'"(/de/angebote/[^/"?]+/)"')
WARM_UP = 10  # requests
EDITS = 5
IMPORTED = 5000  # rows
RSS_PER_MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(server, databases, requests):
    """Return all that is measured of a small and a large database of one kind."""
    with ExitStack() as stack:
        sites = [stack.enter_context(closing(Site(database))) for database in databases]
        for site in sites:
            site.wait()
        pages = dict(PAGES)
        pages["ein Angebot"] = OFFER.search(sites[0].get(pages["Liste"]))[1]
        queries = count_queries(databases[-1], pages.values())
        found = []
        for (title, path), number in zip(pages.items(), queries, strict=True):
            say(f"{server.title}: {title}")
            small, large = measure_page(sites, path, requests)
            found.append(
                {"page": title, "path": path, "small": small, "large": large, "queries": number}
            )
        return {
            "pages": found,
            "worker_mb": [site.megabytes() for site in sites],
            "after_edit_ms": [after_edit(site) for site in sites],
        }


def measure_page(sites, path, requests):
    """Return the milliseconds of each site; they take turns, so both have the same neighbours."""
    for site in sites:
        for _request in range(WARM_UP):
            site.get(path)
    times = [[] for _site in sites]
    for _round in range(requests):
        for site, found in zip(sites, times, strict=True):
            found.append(site.milliseconds(path))
    return [{"p50": median(found), "p95": quantiles(found, n=100)[94]} for found in times]


def inside(database, *arguments):
    command = [sys.executable, "-m", "bench.inside", *map(str, arguments)]
    environment = database.environment
    return subprocess.run(
        command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE
    ).stdout


def count_queries(database, paths):
    return json.loads(inside(database, "queries", *paths))


def after_edit(site):
    """Return the milliseconds of the first list after an edit: the overview is made anew."""
    times = []
    for number in range(EDITS):
        edit = f"UPDATE offers_offer SET verified_by = 'Messung {number}' WHERE id = 1"
        site.database.execute(edit)
        times.append(site.milliseconds(PAGES["Liste"]))
    return median(times)


def measure_import(server, large, number):
    """Import new offers into a copy of the large database; return seconds and megabytes."""
    say(f"{server.title}: {number} Zeilen einlesen")
    path, copy = FOLDER / f"{server.vendor}.xlsx", server.database("offers_import")
    inside(large, "new_offers", number, path)
    try:
        server.create(copy.name, large.name)
        start = time.perf_counter()
        command = [sys.executable, "manage.py", "importoffers", path]
        process = subprocess.Popen(
            command, cwd=PROJECT, env=copy.environment, stdout=subprocess.PIPE, text=True
        )
        said = process.stdout.read()
        _pid, status, used = os.wait4(process.pid, 0)  # the memory of this process alone
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
    finally:
        server.drop(copy.name)
    if process.returncode or f"\nEingelesen: {number} neu" not in said:
        raise ValueError(f"Das Einlesen ist gescheitert: {said}")
    return {"rows": number, "seconds": seconds, "mb": used.ru_maxrss / RSS_PER_MEGABYTE}


def run(server, arguments):
    databases = []
    for number in (arguments.small, arguments.large):
        say(f"{server.title}: {number} Angebote werden bereitgestellt …")
        databases.append(prepared(server, number, fresh=arguments.fresh))
    inside(databases[0], "catalogues")
    databases[0].manage("collectstatic", "-v0", "--noinput")
    found = measure(server, databases, arguments.requests)
    found["import"] = measure_import(server, databases[-1], min(IMPORTED, arguments.large))
    return {"database": server.title, "version": server.version, **found}


def main():
    parser = argparse.ArgumentParser(prog="make bench", description="Misst die Angebote.")
    parser.add_argument("--fresh", action="store_true", help="Datenbanken neu anlegen")
    parser.add_argument("--requests", type=int, default=200, help="Anfragen je Seite")
    parser.add_argument("--small", type=int, default=1000, help="Angebote zum Vergleich")
    parser.add_argument("--large", type=int, default=50_000, help="Angebote")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="nur diese Datenbank")
    arguments = parser.parse_args()
    # Whoever ends this process ends the servers, too: `with` and `finally` see SystemExit.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = (FOLDER / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"In {FOLDER} läuft schon eine Messung.")
    results = {"date": datetime.now().astimezone().isoformat(timespec="minutes")}
    results |= {"machine": machine(), "options": vars(arguments), "databases": []}
    if arguments.only != "postgresql":
        results["databases"].append(run(SQLite(), arguments))
    if arguments.only != "sqlite":
        with postgresql() as server:
            results["databases"].append(run(server, arguments))
    show(results)
    folder = PROJECT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{datetime.now():%Y-%m-%d-%H%M%S}.json"
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False), encoding="utf-8")
    say(f"Als Datei: {path.relative_to(PROJECT)}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Abgebrochen. Alle Server sind angehalten.")
