"""What was measured, as tables, with the bars."""

import os
import platform
import sys
from pathlib import Path
from statistics import median

MOST_MS, MOST_QUERIES, MOST_TIMES, MOST_TIMES_LANGUAGES = 60, 15, 4, 1.3
MOST_IMPORT_SECONDS, MOST_IMPORT_MB = 60, 300

CASES = ("a bloßes WSGI", "b bloßes Django", "c Startseite aus dem Vorrat")
UNCHANGED = "d unverändert (304)"


def say(text):
    print(text, file=sys.stderr, flush=True)


def machine():
    return {
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def cpu():
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def verdict(is_kept):
    return "eingehalten" if is_kept else "verfehlt"


def german(number, digits=0):
    return f"{number:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def bar(title, measured, *, at_least=None, at_most=None):
    """Return a row of a table: what, how much, what is allowed, whether it is kept."""
    kept = measured >= at_least if at_most is None else measured <= at_most
    allowed = f"≥ {german(at_least, 2)}" if at_most is None else f"≤ {german(at_most)}"
    return title, german(measured, 2), allowed, verdict(kept)


def row(page):
    small, large = page["small"], page["large"]
    times = large["p95"] / small["p95"]
    fits = large["p95"] <= MOST_MS and page["queries"] <= MOST_QUERIES and times <= MOST_TIMES
    return (
        page["page"],
        *(german(value, 1) for value in (small["p50"], small["p95"], large["p50"], large["p95"])),
        german(times, 1),
        str(page["queries"]),
        verdict(fits),
    )


def table(rows):
    """Yield the lines of a Markdown table, readable in a console as well."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *body = rows
    for cells in (head, ["-" * width for width in widths], *body):
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        yield f"| {' | '.join(padded)} |"


def offer_lines(results):
    options = results["options"]
    small, large = german(options["small"]), german(options["large"])
    heading = ("Seite", f"{small}: p50", "p95", f"{large}: p50", "p95", "Faktor", "Abfragen", "")
    for database in results["databases"]:
        yield f"\n### {database['database']} {database['version']}\n"
        yield from table([heading, *map(row, database["pages"])])
        yield ""
        yield from others(database, small, large)
        if "growth" in database:
            yield ""
            yield from growth(database["growth"], small, large)
    yield (
        f"\nZeiten in Millisekunden, {options['requests']} Anfragen je Seite. Grenzen: "
        f"p95 höchstens {MOST_MS} ms und {MOST_TIMES}-mal so lang wie bei {small} Angeboten, "
        f"höchstens {MOST_QUERIES} Abfragen."
    )


def growth(pages, small, large):
    heading = ("p50", small, "10.000", large, "Faktor", "10.000 in 24 Sprachen", "Faktor", "")
    rows = []
    for title, (few, middle, many, languages) in pages.items():
        size, more = many / few, languages / middle
        fits = verdict(size <= MOST_TIMES and more <= MOST_TIMES_LANGUAGES)
        numbers = (few, middle, many, size, languages, more)
        rows.append((title, *(german(number, 1) for number in numbers), fits))
    yield from table([heading, *rows])


def quality_lines(rows):
    heading = ("Seite", "Sprache", "Leistung", "Barrierefreiheit", "Regeln", "SEO", "Bytes (br)")
    yield ""
    yield from table([heading, *(tuple(map(str, row)) for row in rows)])


def page_lines(found):
    yield "\n### Seiten unter Last\n"
    heading = ("Fall", "Anfragen/s", "p50 ms", "p99 ms", "CPU µs/Anfrage")
    digits = {"rate": 0, "p50": 2, "p99": 2, "cpu_us": 0}
    rows = [
        (title, *(german(middle(rounds, key), places) for key, places in digits.items()))
        for title, rounds in found["load"].items()
    ]
    yield from table([heading, *rows])
    yield ""
    yield from table([("Grenze", "gemessen", "erlaubt", ""), *page_bars(found)])
    yield ""
    yield f"- Vom Speichern bis zur neuen Seite: {german(found['edits']['ms'], 1)} ms"
    yield f"- Vom Start bis zur ersten Seite: {german(found['start_seconds'], 1)} s"


def middle(rounds, key):
    return median(row[key] for row in rounds)


def ratio(case, other, key):
    """Return the median of the ratios of each round: both were measured within seconds."""
    return median(a[key] / b[key] for a, b in zip(case, other, strict=True))


def page_bars(found):
    load, strange = found["load"], found["strange_queries"]
    for name in ("gzip", "br"):
        a, b, c = (load[f"{case}, {name}"] for case in CASES)
        yield bar(f"Anfragen, {name}: c / a", ratio(c, a, "rate"), at_least=0.85)
        yield bar(f"Anfragen, {name}: c / b", ratio(c, b, "rate"), at_least=1.2)
        if middle(c, "cpu_us"):
            yield bar(f"Rechenzeit, {name}: a / c", ratio(a, c, "cpu_us"), at_least=0.85)
            yield bar(f"Rechenzeit, {name}: b / c", ratio(b, c, "cpu_us"), at_least=1.2)
    yield bar("Anfragen, 304: d / c", ratio(load[UNCHANGED], c, "rate"), at_least=1)
    yield bar("c: p99 / p50", middle(c, "p99") / middle(c, "p50"), at_most=3)
    yield bar(f"veraltet von {found['edits']['reads']}", found["edits"]["stale"], at_most=0)
    yield bar("fremde Parameter / ohne", strange["with_query"] / strange["plain"], at_most=1.5)
    yield bar("Speicher eines Arbeitsprozesses (MB)", found["worker_mb"], at_most=150)


def others(database, small, large):
    done = database["import"]
    fits = done["seconds"] <= MOST_IMPORT_SECONDS and done["mb"] <= MOST_IMPORT_MB
    yield (
        f"- {german(done['rows'])} Zeilen einlesen: {german(done['seconds'], 1)} s, "
        f"{german(done['mb'])} MB "
        f"(höchstens {MOST_IMPORT_SECONDS} s und {MOST_IMPORT_MB} MB): {verdict(fits)}"
    )
    for title, name, unit in (
        ("Erste Anfrage nach einer Änderung", "after_edit_ms", "ms"),
        ("Speicher des Arbeitsprozesses", "worker_mb", "MB"),
    ):
        few, many = map(german, database[name])
        yield f"- {title}: {few} {unit} bei {small}, {many} {unit} bei {large} Angeboten"
