from itertools import chain, islice

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, reset_queries, router, transaction
from django.utils import timezone, translation

from languages.models import Origin, Translation
from languages.registry import SOURCE
from offers.bulk import insert_rows
from offers.models import (
    Offer,
    OfferDate,
    OfferException,
    OfferHours,
    Organisation,
    Place,
    SearchText,
    SearchWord,
)
from offers.sample import (
    LAST_SEED,
    MADE_HERE,
    MOST,
    OFFERS_OF_AN_ORGANISATION,
    Sample,
    available,
    made,
    number_uuid,
)
from offers.searchtext import add_words, index_offers

AT_ONCE = 500
EVERY = 1000
PARTS = (Place, OfferHours, OfferException, OfferDate)


def check_numbers(number, seed):
    if number is None:
        raise CommandError("Wie viele Angebote? Zum Beispiel: manage.py sampledata 500")
    if not 1 <= number <= MOST:
        raise CommandError(f"Die Zahl der Angebote muss zwischen 1 und {MOST} liegen.")
    if not 0 <= seed <= LAST_SEED:
        raise CommandError(f"--seed muss zwischen 0 und {LAST_SEED} liegen.")


def chosen(languages):
    """Return the codes to make texts in; German, the source, is always one of them."""
    known = available()
    if unknown := sorted(set(languages or ()) - set(known)):
        raise CommandError(
            f"Für diese Sprachen gibt es keine Beispieltexte: {', '.join(unknown)}. "
            f"Es gibt: {', '.join(known)}."
        )
    return [code for code in known if code == SOURCE or not languages or code in languages]


def store(drafts, languages):
    """Store offers and all that hangs on them.

    In bulk, and so without history: nobody edited anything yet, and 50,000 offers would leave
    millions of rows in it.
    """
    offers = Offer.objects.bulk_create([draft.offer for draft in drafts])
    for name in drafts[0].related:
        field = Offer._meta.get_field(name)
        ours, theirs = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        through = field.remote_field.through
        through.objects.bulk_create(
            through(**{ours: draft.offer.pk, theirs: row.pk})
            for draft in drafts
            for row in draft.related[name]
        )
    parts = list(chain.from_iterable(draft.parts for draft in drafts))
    for model in PARTS:
        model.objects.bulk_create(part for part in parts if type(part) is model)
    store_translations(offers, languages)
    index_offers(offers)


def store_translations(objects, languages):
    """Note where each translated text is from, as `save` does for a single object."""
    rows = (
        (ContentType.objects.get_for_model(obj).pk, obj.pk, field, code, obj.text(field, SOURCE))
        for obj in objects
        for field in obj.translated_fields()
        if obj.text(field, SOURCE)
        for code in languages
        if code != SOURCE
    )
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    names = ("content_type", "object_id", "field", "language", "source", "origin", "written_at")
    # There are 40 rows to an offer.
    insert_rows(Translation, names, ((*row, Origin.MACHINE.value, now) for row in rows))


def remove(queryset, stdout):
    """Delete these objects with their history; return how many."""
    numbers = list(queryset.values_list("pk", flat=True))
    for start in range(0, len(numbers), AT_ONCE):
        remove_some(queryset.model, numbers[start : start + AT_ONCE])
        reset_queries()
        done = min(start + AT_ONCE, len(numbers))
        if done % EVERY == 0:
            stdout.write(f"{done} von {len(numbers)} entfernt.")
    return len(numbers)


def remove_some(model, numbers):
    content_type = ContentType.objects.get_for_model(model)
    translations = {"content_type": content_type, "object_id__in": numbers}
    # Raw: Django would read millions of rows only to write a history of them.
    using = router.db_for_write(model)
    Translation.objects.filter(**translations)._raw_delete(using)
    if model is Offer:
        for part in PARTS:
            part.objects.filter(offer__in=numbers)._raw_delete(using)
            part.history.filter(offer__in=numbers)._raw_delete(using)
    model.objects.filter(pk__in=numbers).delete()
    # Last, for the deletion has written to it as well.
    for field in model._meta.many_to_many:
        old_links = apps.get_model("offers", f"Historical{field.remote_field.through.__name__}")
        old_links.objects.filter(offer__in=numbers)._raw_delete(using)
    model.history.filter(id__in=numbers).delete()
    Translation.history.filter(**translations)._raw_delete(using)


def forget_words():
    """Keep no word for the search that only the sample had."""
    SearchWord.objects.all().delete()
    texts = SearchText.objects.values_list("language", "title", "text").iterator(AT_ONCE)
    while some := list(islice(texts, AT_ONCE)):
        add_words(some, router.db_for_write(SearchWord))


class Command(BaseCommand):
    help = (
        "Legt erfundene Angebote zum Ausprobieren und Messen an. Alle heißen „Beispiel: …“, "
        "und --delete entfernt sie wieder. Die Übersetzungen sind von einer Maschine."
    )

    def add_arguments(self, parser):
        parser.add_argument("number", type=int, nargs="?", help="Wie viele es sein sollen.")
        parser.add_argument(
            "--seed", type=int, default=1, help="Gleiche Zahl: gleiche Angebote (sonst: 1)."
        )
        parser.add_argument(
            "--languages", nargs="+", metavar="code", help="Sprachen (sonst: alle mit Texten)."
        )
        parser.add_argument(
            "--delete", action="store_true", help="Entfernt die erfundenen Angebote wieder."
        )

    def handle(self, *args, number, seed, languages, **options):
        # German: the plain column of a translated field follows the active language.
        with transaction.atomic(), translation.override(SOURCE):
            if options["delete"]:
                self.delete()
            else:
                self.make(number, seed, languages)

    def make(self, number, seed, languages):
        check_numbers(number, seed)
        sample = Sample(seed, chosen(languages))
        if not (sample.municipalities and sample.kinds):
            raise CommandError("Es gibt keine Kommunen oder Themen. Bitte zuerst: manage.py setup")
        organisations = self.make_organisations(sample, number)
        known = set(made(Offer).values_list("uuid", flat=True))
        missing = [n for n in range(number) if number_uuid(seed, n) not in known]
        for start in range(0, len(missing), AT_ONCE):
            drafts = [
                sample.draft(n, organisations[sample.organisation_number(n)])
                for n in missing[start : start + AT_ONCE]
            ]
            store(drafts, sample.texts)
            reset_queries()  # with DEBUG, Django would keep the last 9,000 of these long queries
            done = start + len(drafts)
            if done % EVERY == 0 or done == len(missing):
                self.stdout.write(f"{done} von {len(missing)} Angeboten angelegt.")
        self.stdout.write(
            f"{len(missing)} erfundene Angebote neu, {number - len(missing)} waren schon da. "
            "Entfernen: manage.py sampledata --delete"
        )

    def make_organisations(self, sample, number):
        """Return {number: organisation} of all that the offers need."""
        known = made(Organisation).in_bulk(field_name="uuid")
        needed = range((number - 1) // OFFERS_OF_AN_ORGANISATION + 1)
        found = {
            n: known.get(number_uuid(sample.seed, n)) or sample.organisation(n) for n in needed
        }
        new = [organisation for organisation in found.values() if organisation.pk is None]
        Organisation.objects.bulk_create(new, batch_size=AT_ONCE)
        store_translations(new, sample.texts)
        return found

    def delete(self):
        kept = made(Offer).exclude(source=MADE_HERE).count()
        offers = remove(made(Offer).filter(source=MADE_HERE), self.stdout)
        # Whoever now offers something real stays.
        organisations = remove(made(Organisation).filter(offers=None), self.stdout)
        forget_words()
        self.stdout.write(f"{offers} erfundene Angebote und {organisations} Stellen entfernt.")
        if kept:
            self.stdout.write(f"{kept} Angebote bleiben: Ihre Quelle wurde geändert.")
