"""What readers are told about the texts of a page: unreviewed, outdated, in which languages."""

from collections import defaultdict

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import get_language

from .models import Origin, Translation
from .registry import SOURCE
from .translatable import column_name, translated_names


def attach_states(*objects, subject=None):
    """Set `unreviewed` and `outdated` on each object: field names, for the active language.

    One query for all of them, whatever their models. Pages use it to tell their readers. Of the
    `subject` of a page it also learns the languages, so that `translated_into` reads no columns.
    """
    main, languages = None, {SOURCE}
    if subject:
        objects = (subject, *objects)
        main = None if "languages" in subject.__dict__ else subject.main_field()
    keys = [(ContentType.objects.get_for_model(obj).pk, obj.pk) for obj in objects]
    by_key = dict(reversed(list(zip(keys, objects, strict=True))))  # of the same ones, the first
    states = {key: (set(), set()) for key in by_key}
    rows = translations(by_key, subject, main)
    for type_id, pk, field, code, source, origin, reviewed_at in rows:
        obj, (unreviewed, outdated) = by_key[type_id, pk], states[type_id, pk]
        if obj is subject and field == main:
            languages.add(code)
        if code != get_language():
            continue
        if field in texts_read(obj) and source != obj.text(field, SOURCE):
            outdated.add(field)
        if origin == Origin.MACHINE and reviewed_at is None:
            unreviewed.add(field)
    for key, obj in zip(keys, objects, strict=True):  # now: other threads may show the same ones
        obj.unreviewed, obj.outdated = states[key]
    if main:
        subject.languages = languages


def texts_read(obj):
    """Return the fields whose German text was read from the database; others are not shown."""
    names = translated_names(type(obj))
    return [name for name in names if column_name(name, SOURCE) in obj.__dict__]


def translations(by_key, subject, main):
    """Return the records in the active language, and those of the subject's main text in all."""
    wanted = models.Q()
    if get_language() != SOURCE:
        by_type = defaultdict(list)
        for (type_id, pk), obj in by_key.items():
            by_type[type_id, *texts_read(obj)].append(pk)
        for (type_id, *names), pks in by_type.items():
            wanted |= models.Q(content_type_id=type_id, object_id__in=pks, field__in=names)
        wanted = wanted and wanted & models.Q(language=get_language())
    if main:
        kind = ContentType.objects.get_for_model(subject)
        wanted |= models.Q(content_type=kind, object_id=subject.pk, field=main)
    columns = ("content_type_id", "object_id", "field", "language", "source", "origin")
    found = Translation.objects.filter(wanted).values_list(*columns, "reviewed_at")
    return found if wanted else ()
