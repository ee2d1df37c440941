"""`make bench`: the page store under load, the overview with many offers, and Lighthouse.

Everything runs on this machine only. bench/README.md says what is measured, and shows results.
"""

import argparse
import fcntl
import json
import signal
import sys
from datetime import datetime

from . import offers, pages, quality
from .databases import FOLDER, PROJECT, SQLite, postgresql
from .report import machine, offer_lines, page_lines, quality_lines, say

#: What is measured unless only one is asked for.
PARTS = ("pages", "offers")


def options():
    parser = argparse.ArgumentParser(prog="make bench", description="Misst die Website.")
    parser.add_argument("part", nargs="?", choices=[*PARTS, "quality"], help="nur dieser Teil")
    parser.add_argument("--fresh", action="store_true", help="Datenbanken neu anlegen")
    parser.add_argument("--requests", type=int, default=200, help="Anfragen je Seite")
    parser.add_argument("--rounds", type=int, default=12, help="Runden unter Last")
    parser.add_argument("--seconds", type=int, default=2, help="Dauer jeder Last")
    parser.add_argument("--small", type=int, default=1000, help="Angebote zum Vergleich")
    parser.add_argument("--large", type=int, default=50_000, help="Angebote")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="nur diese Datenbank")
    return parser.parse_args()


def measured(arguments):
    results = {"date": datetime.now().astimezone().isoformat(timespec="minutes")}
    results |= {"machine": machine(), "options": vars(arguments), "databases": []}
    parts = [arguments.part] if arguments.part else PARTS
    if "quality" in parts:
        results["quality"] = quality.run(arguments)
    if "pages" in parts:
        results["pages"] = pages.run(arguments)
    if "offers" in parts and arguments.only != "postgresql":
        results["databases"].append(offers.run(SQLite(), arguments))
    if "offers" in parts and arguments.only != "sqlite":
        with postgresql() as server:
            results["databases"].append(offers.run(server, arguments))
    return results


def show(results):
    found = results["machine"]
    print(
        f"{results['date']}: {found['cpu']}, {found['cores']} Kerne, {found['memory_gb']} GB, "
        f"{found['system']}, Python {found['python']}"
    )
    if "quality" in results:
        print(*quality_lines(results["quality"]), sep="\n")
    if "pages" in results:
        print(*page_lines(results["pages"]), sep="\n")
    if results["databases"]:
        print(*offer_lines(results), sep="\n")


def main():
    arguments = options()
    # Whoever ends this process ends the servers, too: `with` and `finally` see SystemExit.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))
    if arguments.part in (None, "pages"):
        pages.check_wrk()
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = (FOLDER / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"In {FOLDER} läuft schon eine Messung.")
    results = measured(arguments)
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
