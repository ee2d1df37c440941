"""Storing many checked offers together.

`Offer.save` would take 60 queries for each, and nobody else could write for minutes. This stores
the same: the offers, what belongs to them, the origin of their translations, their history and
what the search reads. A test compares both ways.
"""

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import F, OuterRef, Subquery, Value
from django.utils import timezone
from modeltranslation.utils import build_localized_fieldname
from simple_history.utils import bulk_update_with_history

from contacts.models import Source
from languages.models import Origin, Translation
from languages.registry import REGISTRY, SOURCE

from .bulk import insert_from, insert_rows
from .exchange_columns import RELATED, pending
from .models import Offer, OfferHours, Place
from .searchtext import index_offers

PLACE_TEXTS = ("name", "street", "postal_code", "city", "municipality")


def store(offers, user, reason):
    history = {"default_user": user, "default_change_reason": reason}
    new = [offer for offer in offers if offer._state.adding]
    known = [offer for offer in offers if not offer._state.adding]
    Offer.objects.bulk_create(new)
    for offer in known:
        store_columns(offer)
    Offer.objects.filter(pk__in=[offer.pk for offer in known]).update(modified=timezone.now())
    for name in RELATED:
        store_related(offers, name)
    store_history(new, known, history)
    store_translations(offers, history)
    store_hours(offers, history)
    store_places(offers, history)
    index_offers(offers)


def store_columns(offer):
    """Store the columns that changed, and the plain column of a German text with its own."""
    names = {field.attribute for field in pending(offer)["columns"]}
    if "verified_on" in names:
        offer.verified_source = Source.EDITORS  # whoever reads a table in answers for it
        names.add("verified_source")
    fields = [field for field in Offer._meta.concrete_fields if field.name in names]
    fields += [
        field.translated_field for field in fields if getattr(field, "language", None) == SOURCE
    ]
    if fields:
        stored = {field.attname: getattr(offer, field.attname) for field in fields}
        plain(Offer, [offer]).update(**stored)


def store_related(offers, name):
    chosen = {offer: pending(offer)[name] for offer in offers if name in pending(offer)}
    field = Offer._meta.get_field(name)
    through, source, target = (
        getattr(Offer, name).through,
        field.m2m_column_name(),
        field.m2m_reverse_name(),
    )
    through.objects.filter(**{f"{source}__in": [offer.pk for offer in chosen]}).delete()
    rows = [(offer.pk, obj.pk) for offer, objs in chosen.items() for obj in objs]
    insert_rows(through, (source, target), rows)


def record_new(rows, default_user, default_change_reason):
    """Write the first version of rows that were just created."""
    history = rows.model.history.model
    columns = {field.attname: F(field.attname) for field in history.tracked_fields} | {
        "history_type": Value("+"),
        "history_date": Value(timezone.now(), models.DateTimeField()),
        "history_change_reason": Value(default_change_reason),
        "history_user_id": Value(default_user and default_user.pk, models.IntegerField()),
    }
    insert_from(rows, history, columns)


def plain(model, rows):
    """Return a queryset without modeltranslation's, which turns plain columns into German ones."""
    return models.QuerySet(model).filter(pk__in=[row.pk for row in rows])


def store_history(new, known, history):
    since = timezone.now()
    record_new(plain(Offer, new), **history)
    Offer.history.bulk_history_create(known, update=True, **history)
    offers = [offer.pk for offer in (*new, *known)]
    versions = Offer.history.filter(id=OuterRef("offer_id"), history_date__gte=since)
    version = Subquery(versions.order_by().values("history_id"))
    for field in Offer.history.model._history_m2m_fields:
        through = getattr(Offer, field.name).through
        columns = {f.attname: F(f.attname) for f in through._meta.concrete_fields}
        rows = through.objects.filter(offer__in=offers)
        model = getattr(Offer.history.model, field.name).model
        insert_from(rows, model, {"history_id": version, **columns})


def store_translations(offers, history):
    """Record where the new translations come from, as `Translatable.save` does."""
    kind, now = ContentType.objects.get_for_model(Offer), timezone.now()
    rows = Translation.objects.filter(content_type=kind, object_id__in=[o.pk for o in offers])
    recorded = {(row.object_id, row.field, row.language): row for row in rows}
    stamp = connection.ops.adapt_datetimefield_value(now)
    new, changed = [], []
    for offer, name, code in changed_texts(offers):
        row, source = recorded.get((offer.pk, name, code)), offer.text(name, SOURCE)
        if not offer.text(name, code):
            if row:
                row._history_user = history["default_user"]
                row.delete()
        elif row:
            row.source, row.origin, row.written_at = source, Origin.IMPORT, now
            row.reviewed_by = row.reviewed_at = None
            changed.append(row)
        else:
            new.append((offer.pk, name, code, source, kind.pk, Origin.IMPORT.value, stamp))
    names = ("object_id", "field", "language", "source", "content_type", "origin", "written_at")
    insert_rows(Translation, names, new)
    record_new(rows.filter(written_at=now), **history)
    fields = ["source", "origin", "reviewed_by", "reviewed_at", "written_at"]
    if changed:
        bulk_update_with_history(changed, Translation, fields, **history)


def changed_texts(offers):
    codes = [code for code in REGISTRY if code != SOURCE]
    texts = {
        build_localized_fieldname(name, code): (name, code)
        for name in Offer.translated_fields()
        for code in codes
    }
    for offer in offers:
        for field in pending(offer)["columns"]:
            if field.attribute in texts:
                yield offer, *texts[field.attribute]


def store_hours(offers, history):
    """Take away the hours that no longer hold and add the new ones; the others stay."""
    chosen = {o.pk: set(pending(o)["hours"]) for o in offers if "hours" in pending(o)}
    for row in OfferHours.objects.filter(offer__in=chosen):
        hours = (row.weekday, row.opens, row.closes)
        if hours in chosen[row.offer_id]:
            chosen[row.offer_id].remove(hours)
        else:
            row._history_user = history["default_user"]
            row._change_reason = history["default_change_reason"]
            row.delete()
    new = [
        OfferHours(offer_id=pk, weekday=day, opens=opens, closes=closes)
        for pk, hours in chosen.items()
        for day, opens, closes in sorted(hours)
    ]
    OfferHours.objects.bulk_create(new)
    record_new(plain(OfferHours, new), **history)


def is_empty(place):
    return not any(getattr(place, name) for name in PLACE_TEXTS)


def store_places(offers, history):
    places = [pending(o)["place"] for o in offers if pending(o).get("place_changed")]
    empty = [place for place in places if is_empty(place)]
    # Read anew: the history of a deletion tells what was stored, not the texts just emptied.
    for place in Place.objects.filter(pk__in=[place.pk for place in empty if place.pk]):
        place._history_user = history["default_user"]
        place._change_reason = history["default_change_reason"]
        place.delete()
    new = [place for place in places if place.pk is None and place not in empty]
    for place in new:
        place.offer = place.offer  # its number is known only now
    Place.objects.bulk_create(new)
    record_new(plain(Place, new), **history)
    known = [place for place in places if place.pk and place not in new and place not in empty]
    if known:
        bulk_update_with_history(known, Place, PLACE_TEXTS, **history)
