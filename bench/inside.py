"""What is done inside the site, each time in a process of its own: `python -m bench.inside`."""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wirportal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils.translation import override  # noqa: E402

from languages.catalogues import compile_catalogues  # noqa: E402
from languages.registry import SOURCE  # noqa: E402
from offers.exchange_columns import all_columns  # noqa: E402
from offers.exchange_export import offer_rows  # noqa: E402
from offers.exchange_workbook import Workbook, add_sheet  # noqa: E402
from offers.models import Offer  # noqa: E402


def queries(path, before=1):
    """Return how many queries a page needs after the process has shown it so many times."""
    client, seen = Client(headers={"host": "127.0.0.1"}), []

    def count(execute, sql, *arguments):
        seen.append(sql)
        return execute(sql, *arguments)

    for _request in range(before):
        client.get(path)
    with connection.execute_wrapper(count):
        client.get(path)
    return len(seen)


def session():
    """Sign somebody in who may do everything; return the cookie."""
    call_command("createcachetable", verbosity=0)
    client = Client()
    client.force_login(User.objects.create_superuser("bench"))
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def new_offers(number, path):
    """Write an Excel file with offers as the export writes it, only that all of them are new."""
    with override(SOURCE):
        columns = {name: c for name, c in all_columns().items() if name not in {"id", "slug"}}
        book = Workbook(write_only=True)
        add_sheet(
            book,
            columns,
            offer_rows(Offer.objects.order_by("pk")[:number], columns, "xlsx"),
            number,
        )
        book.save(path)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["queries", *paths]:
            sys.stdout.write(json.dumps([queries(path) for path in paths]))
        case ["first_queries", *paths]:
            queries(paths[0])
            sys.stdout.write(json.dumps([queries(path, before=0) for path in paths[1:]]))
        case ["new_offers", number, path]:
            new_offers(int(number), Path(path))
        case ["session"]:
            sys.stdout.write(session())
        case ["catalogues"]:
            compile_catalogues()
