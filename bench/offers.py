"""How fast the overview is rendered with few and with many offers, on both databases.

Each database has one gunicorn worker of its own, and the page store is off.
"""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from statistics import median, quantiles
from urllib.parse import quote

from .databases import FOLDER, PROJECT, prepared
from .languages import MORE_LANGUAGES, with_more_languages
from .report import say
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
#: Each is asked once: a process remembers what somebody has looked for until the next edit.
NEW_WORDS = {
    "de": """
        Wohnung Wohnungssuche Arbeit Ausbildung Sprachcafé Treffpunkt Frauen Familie Kinder Schule
        Kita Sport Fußball Gesundheit Arzt Psychologie Recht Asyl Aufenthalt Behörde Hilfe Formular
        Ehrenamt Begegnung Kochen Musik Jugend Senioren Computer Bewerbung Praktikum Integration
        Dolmetscher Schulden Geld Möbel Kleidung Fahrrad Garten Theater Tanz Lesen Schreiben suchen
        Alphabetisierung Nachhilfe Hausaufgaben Schwimmen Wonungssuche Sprachkurs
    """,
    "ar": "لغة عمل سكن طبيب مدرسة أطفال نساء استشارة مساعدة",
}
GROWTH_PAGES = {
    "Startseite": "/de/",
    "Liste": PAGES["Liste"],
    "Suche „Deutschkurs“": PAGES["Suche „Deutschkurs“"],
}
GROWTH_MIDDLE = 10_000
OFFER = re.compile(r'"(/de/angebote/[^/"?]+/)"')
WARM_UP = 10  # requests
EDITS = 5
IMPORTED = 5000  # rows
RSS_PER_MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10


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
        say(f"{server.title}: neue Suchen")
        found.append(measure_new_words(sites, databases[-1], requests))
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
    return [spread(found) for found in times]


def spread(times):
    return {"p50": median(times), "p95": quantiles(times, n=100)[94]}


def measure_new_words(sites, database, requests):
    """Return what a search costs that nobody has asked for since the last edit."""
    paths = [
        f"/{code}/angebote/?q={quote(word)}"
        for code, words in NEW_WORDS.items()
        for word in words.split()
    ]
    times = []
    for number in range(max(1, requests // len(paths))):
        for site in sites:
            edit(site, f"Runde {number}")
            for code in NEW_WORDS:  # what the process keeps until the next edit is made now
                site.get(f"/{code}/angebote/?q=A")
        times += [[site.milliseconds(path) for site in sites] for path in paths]
    small, large = (spread(found) for found in zip(*times, strict=True))
    title = f"{len(paths)} Wörter, jedes zum ersten Mal"
    most = max(json.loads(inside(database, "first_queries", *paths)))
    return {"page": title, "path": paths[0], "small": small, "large": large, "queries": most}


def measure_growth(server, databases, arguments):
    """Return {page: [p50 of each]}: three sizes, and more languages at the middle one."""
    middle = min(GROWTH_MIDDLE, arguments.large)
    say(f"{server.title}: {middle} Angebote, auch in {MORE_LANGUAGES} Sprachen …")
    few = prepared(server, middle, fresh=arguments.fresh)
    many = with_more_languages(server, few, middle)
    with ExitStack() as stack:
        chosen = (databases[0], few, databases[-1], many)
        sites = [stack.enter_context(closing(Site(database))) for database in chosen]
        for site in sites:
            site.wait()
        return {
            title: [t["p50"] for t in measure_page(sites, path, arguments.requests)]
            for title, path in GROWTH_PAGES.items()
        }


def inside(database, *arguments):
    command = [sys.executable, "-m", "bench.inside", *map(str, arguments)]
    environment = database.environment
    return subprocess.run(
        command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE
    ).stdout


def count_queries(database, paths):
    return json.loads(inside(database, "queries", *paths))


def edit(site, text):
    site.database.execute(f"UPDATE offers_offer SET verified_by = '{text}' WHERE id = 1")


def after_edit(site):
    """Return the milliseconds of the first list after an edit: the overview is made anew."""
    times = []
    for number in range(EDITS):
        edit(site, f"Messung {number}")
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
    if server.vendor == "sqlite":
        found["growth"] = measure_growth(server, databases, arguments)
    found["import"] = measure_import(server, databases[-1], min(IMPORTED, arguments.large))
    return {"database": server.title, "version": server.version, **found}
