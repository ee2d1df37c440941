"""The page store under load, compared with bare WSGI and bare Django.

All servers run with the same settings of gunicorn, two workers each, and take turns.
"""

import http.client
import json
import shutil
import sys
import time
from contextlib import ExitStack, closing
from statistics import median

from .databases import FOLDER, PAGE_STORE_OFF, SQLite, prepared
from .offers import inside
from .report import CASES, UNCHANGED, say
from .site import Site

HOME = "/de/"
BROTLI, GZIP = {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip"}
STORE_ON = {"PAGE_MEMORY_MB": "12", "PAGE_FILES_MB": "500"}
EDITS, READS_AFTER_EDIT = 100, 20
STRANGE_QUERIES = 500
PAGES_FOR_MEMORY = 1500
ADMIN = "/verwaltung/"
#: All that needs a library or much data of its own.
PAGES_OF_STAFF = (
    *("", "offers/offer/", "offers/offer/add/", "offers/offer/einlesen/", "offers/offer/vorlage/"),
    *("abdeckung/", "zahlen/", "protokoll/", "uebersetzen/ar/", "anleitung/redaktion/"),
)
PAGES_OF_DATA = ("/api/hsds/v3/", "/api/hsds/v3/services", "/api/termine.ics", "/api/angebote.csv")


def bare(site, headers, name):
    """Keep an answer of the site for bench/bare.py; return where it is."""
    found, body = site.fetch(HOME, headers)
    path = FOLDER / f"{name}.json"
    sent_by_gunicorn = {"server", "date", "connection"}
    kept = [(name, value) for name, value in found if name.lower() not in sent_by_gunicorn]
    path.write_text(json.dumps(kept))
    path.with_suffix(".body").write_bytes(body)
    return {"BENCH_ANSWER": str(path)}


def cases(stack, database):
    """Start all servers; return {title: (server, path, headers)}."""

    def started(**options):
        site = stack.enter_context(closing(Site(database, workers=2, **options)))
        site.wait(HOME)
        return site

    stored, uncached = started(**STORE_ON), started(**PAGE_STORE_OFF)
    found = {}
    for name, headers in (("gzip", GZIP), ("br", BROTLI)):
        answer = bare(stored, headers, name)
        sites = (
            started(application="bench.bare:wsgi", **answer),
            started(application="bench.bare:django()", **answer),
            stored,
        )
        for case, site in zip(CASES, sites, strict=True):
            found[f"{case}, {name}"] = (site, HOME, headers)
    page, _body = stored.fetch(HOME, BROTLI)
    found[UNCHANGED] = (stored, HOME, BROTLI | {"If-None-Match": dict(page)["ETag"]})
    found["e Startseite, neu erzeugt"] = (uncached, HOME, BROTLI)
    style = stored.get(HOME).partition('rel="stylesheet" href="')[2].partition('"')[0]
    found["g statische Datei"] = (stored, style, BROTLI)
    return found


def measure_load(database, rounds, seconds):
    """Return {case: its result in each round}; every other round goes backwards.

    The machine gets faster and slower by itself: so no case is always the one after another.
    """
    with ExitStack() as stack:
        found = cases(stack, database)
        results = {title: [] for title in found}
        for number in range(rounds):
            say(f"Runde {number + 1} von {rounds}")
            for title in list(found)[:: -1 if number % 2 else 1]:
                site, path, headers = found[title]
                results[title].append(site.load(path, headers, seconds))
    return results


def measure_edits(database):
    """Return how often one of four workers showed an old page after an edit, and the times."""
    stale, times = 0, []
    with closing(Site(database, workers=4, **STORE_ON)) as site:
        site.wait(HOME)
        for number in range(EDITS):
            name = f"Name {number}"
            database.execute(f"UPDATE programme_programme SET site_name = '{name}'")
            saved = time.perf_counter()
            connections = [http.client.HTTPConnection(site.address) for _ in range(4)]
            for read in range(READS_AFTER_EDIT):  # new connections: the workers take turns
                with closing(connections[read % 4]) as connection:
                    connection.request("GET", HOME)
                    is_new = name in connection.getresponse().read().decode()
                stale += not is_new
                if is_new and read == 0:
                    times.append((time.perf_counter() - saved) * 1000)
    return {"reads": EDITS * READS_AFTER_EDIT, "stale": stale, "ms": median(times)}


def measure_strange_queries(database):
    """Return the milliseconds of a kept page with other people's parameters, against none."""
    with closing(Site(database, **STORE_ON)) as site:
        site.wait(HOME)
        plain = [site.milliseconds(HOME) for _number in range(STRANGE_QUERIES)]
        other = [
            site.milliseconds(f"{HOME}?fbclid={number}x&q={number}")
            for number in range(STRANGE_QUERIES)
        ]
        return {"plain": median(plain), "with_query": median(other)}


def measure_memory(database, offers):
    """Return the megabytes of a worker with everything loaded and as many pages as it keeps."""
    cookie = inside(database, "session").decode()
    with closing(Site(database, **STORE_ON)) as site:
        site.wait(HOME)
        for path in PAGES_OF_STAFF * 4:  # as many threads, and each has its own connection
            site.fetch(ADMIN + path, {"Cookie": cookie})
        for path in PAGES_OF_DATA:
            site.fetch(path, {})
        for number in range(min(PAGES_FOR_MEMORY, 3 * (offers // 20))):
            site.get(f"/{('de', 'ar', 'uk')[number % 3]}/angebote/?seite={number // 3 + 1}")
        site.get("/de/angebote/?q=Deutschkurs")
        return site.megabytes()


def measure_start(database):
    times = []
    for _number in range(5):
        with closing(Site(database, workers=2, **STORE_ON)) as site:
            times.append(site.wait(HOME))
    return median(times)


def run(arguments):
    say("Seiten: Datenbanken werden bereitgestellt …")
    server = SQLite()
    small, large = (prepared(server, n) for n in (arguments.small, arguments.large))
    small.manage("collectstatic", "-v0", "--noinput")
    own = server.database("pages")  # edits must not change the sample of others
    server.create(own.name, small.name)
    shutil.rmtree(FOLDER / "data" / "pages", ignore_errors=True)
    found = {"load": measure_load(own, arguments.rounds, arguments.seconds)}
    say("Änderungen, Speicher, Start")
    found["edits"] = measure_edits(own)
    found["strange_queries"] = measure_strange_queries(own)
    server.create(own.name, large.name)
    found["worker_mb"] = measure_memory(own, arguments.large)
    server.create(own.name, small.name)
    found["start_seconds"] = measure_start(own)
    server.drop(own.name)
    return found


def check_wrk():
    if not shutil.which("wrk"):
        sys.exit("wrk fehlt. In Debian und Ubuntu: sudo apt install wrk")
