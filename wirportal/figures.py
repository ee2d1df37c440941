"""What the programme reports each month: a table, a chart of it, and a file."""

from dataclasses import dataclass
from datetime import date

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contacts.models import Message
from languages.registry import REGISTRY, SOURCE
from offers.exchange_export import csv_file
from offers.models import Offer, Verification

from .models import PageCount

MONTHS = 13  # this one, and a year to compare with
MOST_PAGES = 30
#: Of the chart, in its own units; the browser scales it.
WIDTH, HEIGHT, FOOT = 52, 200, 24


@dataclass(frozen=True)
class Bar:
    month: date
    number: int
    x: int
    y: int
    height: int

    @property
    def middle(self):
        return self.x + WIDTH // 2 - 4


def last_months(today):
    """Return the first days of the last months, the oldest first."""
    number = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - MONTHS + 1, number + 1)]


def by_month(queryset, field, total):
    """Return {first day of a month: total}."""
    rows = queryset.annotate(month=TruncMonth(field)).values_list("month").order_by("month")
    return {as_date(month): number for month, number in rows.annotate(total=total)}


def as_date(value):
    return getattr(value, "date", lambda: value)()


def series(since):
    """Return (heading, {month: number}) for each column of the table."""
    visits = PageCount.objects.filter(day__gte=since)
    new = Offer.history.filter(history_type="+", history_date__date__gte=since)
    answers = Verification.objects.filter(answered_at__date__gte=since)
    messages = Message.objects.filter(received_at__date__gte=since)
    return [
        (_("Aufrufe"), by_month(visits, "day", Sum("number"))),
        (
            _("davon nicht auf Deutsch"),
            by_month(visits, "day", Sum("number", filter=~Q(language__in=["", SOURCE]), default=0)),
        ),
        (_("neue Angebote"), by_month(new, "history_date", Count("pk"))),
        (_("Antworten auf Prüfungen"), by_month(answers, "answered_at", Count("pk"))),
        (_("Nachrichten"), by_month(messages, "received_at", Count("pk"))),
    ]


def bars(months, numbers):
    """Return the bars of the chart; the highest fills it."""
    most = max([*numbers, 1])
    for place, (month, number) in enumerate(zip(months, numbers, strict=True)):
        height = round(number / most * HEIGHT)
        yield Bar(month, number, place * WIDTH, HEIGHT - height + FOOT, height)


def chosen_month(text, months):
    """Return the month that the address names as 2026-11; this one where it names none."""
    return next((month for month in months if f"{month:%Y-%m}" == text), months[-1])


def totals(month, *names):
    """Return the visits of one month by these columns, the most first."""
    found = PageCount.objects.filter(day__year=month.year, day__month=month.month)
    return found.values_list(*names).annotate(total=Sum("number")).order_by("-total", *names)


@require_safe
def figures(request):
    if not request.user.has_perm("offers.view_offer"):
        raise PermissionDenied
    months = last_months(timezone.localdate())
    columns = series(months[0])
    month = chosen_month(request.GET.get("monat", ""), months)
    if request.GET.get("format") == "csv":
        return table_file(months, columns)
    visits = [columns[0][1].get(one, 0) for one in months]
    context = {
        **admin.site.each_context(request),
        "title": _("Zahlen: Was wird gelesen?"),
        "headings": [heading for heading, _numbers in columns],
        "rows": [(one, [numbers.get(one, 0) for _h, numbers in columns]) for one in months[::-1]],
        "bars": list(bars(months, visits)),
        "size": {"width": WIDTH * MONTHS, "height": HEIGHT + 2 * FOOT, "bar": WIDTH - 8},
        "month": month,
        "languages": [
            (REGISTRY[code].label if code in REGISTRY else _("ohne Sprache"), number)
            for code, number in totals(month, "language")
        ],
        "pages": totals(month, "page")[:MOST_PAGES],
    }
    return render(request, "admin/figures.html", context)


def table_file(months, columns):
    return csv_file("zahlen", rows(months, columns))


def rows(months, columns):
    """Yield all that is counted: the table, then each page of each month by language."""
    yield [_("Monat"), *(heading for heading, _numbers in columns)]
    for month in months:
        yield [f"{month:%Y-%m}", *(numbers.get(month, 0) for _h, numbers in columns)]
    yield []
    yield [_("Monat"), _("Sprache"), _("Seite"), _("Aufrufe")]
    for month in months:
        for found in totals(month, "language", "page").iterator():
            yield [f"{month:%Y-%m}", *found]
