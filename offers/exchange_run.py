"""A table of offers on its way in: checked completely, shown, then stored as a whole or not at all.

Checking writes nothing and takes no lock, so that others can go on working meanwhile. Storing is
short, and refused when something else was changed since the check.
"""

import logging
from difflib import get_close_matches

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from languages.po_checks import Refused
from languages.registry import SOURCE
from programme.version import content_version

from .exchange import OfferResource, Row, plain
from .exchange_columns import HEADINGS, REQUIRED, pending
from .exchange_files import read_table
from .exchange_report import Report
from .exchange_write import store
from .models import Offer, SearchText
from .searchtext import fold

STEP = 250  # rows between two lines of progress

logger = logging.getLogger(__name__)


class OfferImport:
    """One file. `run` yields lines of progress; afterwards `report` says what came of it.

    `seen` is the digest of the report of a first run: what it did not say is not stored.
    """

    def __init__(self, path, filename, user=None, seen=None):
        self.path, self.user, self.seen = path, user, seen
        self.report = Report(filename)
        self.offers = []

    def run(self, dry_run=True):
        with override(SOURCE):  # the plain column of a translated field follows the language
            try:
                yield from self.check()
                if self.report.is_clean and self.seen not in (None, self.report.digest):
                    raise changed_meanwhile()
                if not dry_run and self.report.can_be_stored:
                    yield from self.store()
            except Refused as reason:
                self.report.refused = str(reason)
            except Exception:
                logger.exception("An import of offers failed.")
                self.report.refused = _(
                    "Ein unerwarteter Fehler ist aufgetreten. Es wurde nichts eingelesen."
                )

    def check(self):
        self.version = content_version()
        self.titles = known_titles()
        yield _("Die Datei wird gelesen.")
        resource = OfferResource()
        table = read_table(self.path, resource.knows)
        columns = known_columns(table.headings, resource)
        self.report.total = total = len(table.rows)
        for start in range(0, total, STEP):
            # Rows are taken out of the table: both together would need twice the memory.
            chunk = [named(row, columns) for row in table.rows[:STEP]]
            del table.rows[:STEP]
            resource.load(chunk)
            for line, row in chunk:
                self.add(resource.import_row(row, None, row_number=line), row)
            done = number_format(min(start + STEP, total), force_grouping=True)
            yield _("%(done)s von %(total)s Zeilen geprüft") % {
                "done": done,
                "total": number_format(total, force_grouping=True),
            }

    def add(self, result, row):
        """Count one row; keep its offer when there is something to store."""
        report, line = self.report, row.line
        if result.errors:
            raise result.errors[0].error
        if result.validation_error:
            for heading, messages in result.validation_error.message_dict.items():
                column = "" if heading == NON_FIELD_ERRORS else heading
                for message in messages:
                    report.add_problem(line, column, message)
            return
        if result.import_type == result.IMPORT_TYPE_SKIP:
            report.unchanged += 1
            return
        offer, is_new = result.instance, result.is_new()
        report.new += is_new
        report.changed += not is_new
        if is_new:
            report.public += is_public(offer)
            self.warn(offer, row)
        changes = pending(offer).pop("changes")
        pending(offer)["columns"] = [field for field, *_values in changes.values()]
        report.add_change(line, offer, is_new, changes)
        if not report.problem_count:
            offer._prefetched_objects_cache = {}  # compared with, no longer needed
            self.offers.append(offer)

    def warn(self, offer, row):
        """Warn of a new offer where a known one may be meant."""
        if "id" in row:
            self.report.add_warning(
                row.line,
                _("Diese id gibt es nicht oder nicht mehr: Es entsteht ein neues Angebot."),
            )
        title = (offer.organisation_id, fold(str(offer)))
        if title in self.titles:
            message = _(
                "„%(title)s“ gibt es bei dieser Organisation schon. Zum Ändern bitte die "
                "heruntergeladene Tabelle mit der Spalte „id“ nehmen."
            )
            self.report.add_warning(row.line, message % {"title": offer})
        self.titles.add(title)

    def store(self):
        total = len(self.offers)
        reason = self.report.filename[:100]
        with transaction.atomic():
            known = [offer.pk for offer in self.offers if offer.pk]
            for start in range(0, len(known), STEP):
                locked = Offer.objects.select_for_update().filter(
                    pk__in=known[start : start + STEP]
                )
                list(locked.values_list("pk"))
            if content_version() != self.version:
                raise changed_meanwhile()
            for start in range(0, total, STEP):
                store(self.offers[start : start + STEP], self.user, reason)
                yield _("%(done)s von %(total)s Angeboten gespeichert") % {
                    "done": number_format(min(start + STEP, total), force_grouping=True),
                    "total": number_format(total, force_grouping=True),
                }
        self.report.stored = True


def changed_meanwhile():
    return Refused(_("Inzwischen hat jemand etwas geändert. Bitte die Datei noch einmal prüfen."))


def named(row, columns):
    """Return a row of the file under the headings of our columns."""
    line, cells = row
    return line, Row(line, {columns[heading]: value for heading, value in cells.items()})


def known_titles():
    """Return organisation and folded title of each offer."""
    texts = SearchText.objects.filter(language=SOURCE)
    rows = texts.values_list("offer__organisation", "title")
    return {(organisation, title.strip()) for organisation, title in rows.iterator()}


def is_public(offer):
    """Tell whether everybody sees a new offer today, as `OfferQuerySet.published` does."""
    today = timezone.localdate()
    has_begun = offer.valid_from is None or offer.valid_from <= today
    return offer.published and has_begun and (offer.valid_to is None or offer.valid_to >= today)


def known_columns(headings, resource):
    """Return {heading in the file: heading of our column}; refuse what does not fit."""
    columns, unknown = {}, []
    for heading in filter(None, headings):
        field = resource.by_name.get(plain(heading))
        if field is None:
            unknown.append(heading)
        elif heading in columns or field.column_name in columns.values():
            raise Refused(_("Die Spalte „%(name)s“ steht zweimal da.") % {"name": heading})
        else:
            columns[heading] = field.column_name
    if unknown:
        raise Refused(" ".join(unknown_column(heading, resource) for heading in unknown[:10]))
    missing = [HEADINGS[name] for name in REQUIRED if HEADINGS[name] not in columns.values()]
    if missing and HEADINGS["id"] not in columns.values():
        names = ", ".join(f"„{name}“" for name in missing)
        raise Refused(
            _("Diese Spalten fehlen: %(names)s. Für Änderungen genügt die Spalte „id“.")
            % {"names": names}
        )
    return columns


def unknown_column(heading, resource):
    near = get_close_matches(plain(heading), [plain(name) for name in resource.by_heading], 1)
    message = _("Die Spalte „%(name)s“ gibt es nicht.") % {"name": heading[:50]}
    if near:
        name = resource.by_name[near[0]].column_name
        message += " " + _("Meinen Sie „%(name)s“?") % {"name": name}
    return message
