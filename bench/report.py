"""What was measured, as a table, with the bars of the overview."""

import os
import platform
from pathlib import Path

MOST_MS, MOST_QUERIES, MOST_TIMES = 60, 15, 4
MOST_IMPORT_SECONDS, MOST_IMPORT_MB = 60, 300


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


def lines(results):
    found, options = results["machine"], results["options"]
    small, large = german(options["small"]), german(options["large"])
    yield (
        f"{results['date']}: {found['cpu']}, {found['cores']} Kerne, {found['memory_gb']} GB, "
        f"{found['system']}, Python {found['python']}"
    )
    heading = ("Seite", f"{small}: p50", "p95", f"{large}: p50", "p95", "Faktor", "Abfragen", "")
    for database in results["databases"]:
        yield f"\n### {database['database']} {database['version']}\n"
        yield from table([heading, *map(row, database["pages"])])
        yield ""
        yield from others(database, small, large)
    yield (
        f"\nZeiten in Millisekunden, {options['requests']} Anfragen je Seite. Grenzen: "
        f"p95 höchstens {MOST_MS} ms und {MOST_TIMES}-mal so lang wie bei {small} Angeboten, "
        f"höchstens {MOST_QUERIES} Abfragen."
    )


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


def show(results):
    for line in lines(results):
        print(line)
