"""What every model with translated texts can do, and how each text's origin is recorded."""

import re
import uuid
from functools import cached_property, lru_cache
from itertools import chain

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models, router, transaction
from django.utils import timezone
from django.utils.translation import get_language
from modeltranslation.translator import translator
from modeltranslation.utils import build_localized_fieldname
from simple_history.utils import bulk_create_with_history

from .models import Origin, Translation
from .registry import REGISTRY, SOURCE

#: What staff still have to fill in stands in double square brackets: [[Datum der Prüfung]].
PLACEHOLDER = re.compile(r"\[\[([^<>\[\]]+)\]\]")


class TranslatableQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published=True)

    def for_reader(self, *names):
        """Read only German and the active language, of all fields or of those named.

        Columns of related objects ("organisation__name") are named as well where any are read.
        """
        return self.only(*reader_columns(self.model, names, get_language()))


@lru_cache(maxsize=1024)
def reader_columns(model, names, code):
    translated, related = model.translated_fields(), [name for name in names if "__" in name]
    columns = [
        field.name
        for field in model._meta.concrete_fields
        if field.name not in translated
        and getattr(field, "language", SOURCE) in {SOURCE, code}
        and (len(related) == len(names) or getattr(field, "translated_field", field).name in names)
    ]
    return columns + related


#: As modeltranslation names a column; it is asked for every text on every page.
column_name = lru_cache(maxsize=4096)(build_localized_fieldname)


class Translatable(models.Model):
    """Base of every model with translated texts; `save` records where each one came from."""

    #: The columns that name an object to staff.
    label_columns: tuple[str, ...] = ("title_de",)

    #: Where in the work list of translators: the most visible pages come first.
    visibility = 9

    #: The fields that make up the main content, the first one with a German text decides.
    main_fields: tuple[str, ...]

    #: Names an object across installations, in translation files and imports.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    translations = GenericRelation(Translation)

    objects = TranslatableQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db, field_names, values):
        # Django looks each of a hundred columns up in the list of those that were read.
        return super().from_db(db, frozenset(field_names), values)

    def save(self, *args, origin=Origin.HUMAN, small_correction=False, **kwargs):
        """Save, and record the origin of each translation whose text changed.

        With `small_correction`, translations stay valid for a German text that changes now.
        """
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            before = self._stored_texts(using)
            super().save(*args, **kwargs)
            # With update_fields, what stands on the instance need not be what was stored.
            partial = kwargs.get("update_fields") is not None
            after = self._stored_texts(using) if partial else self._texts()
            self._record_translations(before, after, origin, using)
            if small_correction:
                self._keep_valid(before, after, using)

    def translate(self, field, code, text, *, origin=Origin.HUMAN, source=None):
        """Store one translation, touching no other column; return its record, None if emptied.

        `source` is the German it was made from, where that is not today's.
        """
        column = build_localized_fieldname(field, code)
        setattr(self, column, text)
        self.save(update_fields=[column], origin=origin)
        row = self.translations.filter(field=field, language=code).first()
        if row and source is not None and row.source != source:
            row.source = source
            row.save(update_fields=["source"])
        return row

    @classmethod
    def translated_fields(cls):
        """Return the names of the translated fields, in the order of the model."""
        return list(translated_names(cls))

    def text(self, field, code):
        """Return the text in exactly this language, without fallback; "" when missing."""
        return getattr(self, column_name(field, code)) or ""

    def translated_into(self):
        """Return the codes of the languages that the main content is translated into."""
        if "languages" in self.__dict__:
            return self.languages
        main = self.main_field()
        return {code for code in REGISTRY if main is None or self.text(main, code)}

    def main_field(self):
        """Return the field that makes up the main content; None when there is no text."""
        return next((field for field in self.main_fields if self.text(field, SOURCE)), None)

    @property
    def is_public(self):
        """Whether readers can see it today."""
        objects = type(self).objects
        shown = objects.published() if hasattr(self, "published") else objects
        return shown.filter(pk=self.pk).exists()

    def placeholders(self):
        """Return the placeholders that the German texts still hold."""
        texts = (self.text(field, SOURCE) for field in self.translated_fields())
        return list(chain.from_iterable(PLACEHOLDER.findall(text) for text in texts))

    def _attach_states(self):
        from .readers import attach_states  # it reads these models

        attach_states(self)

    @cached_property
    def unreviewed(self):
        """The fields that a machine wrote in the active language and nobody has checked."""
        self._attach_states()
        return self.unreviewed

    @cached_property
    def outdated(self):
        """The fields whose German is newer than their text in the active language."""
        self._attach_states()
        return self.outdated

    def german_label(self):
        return " ".join(filter(None, (getattr(self, name) for name in self.label_columns)))

    def _texts(self):
        return {
            (field, code): self.text(field, code)
            for field in self.translated_fields()
            for code in REGISTRY
        }

    def _stored_texts(self, using):
        if self.pk is None:
            return {}
        # Two who save at once wait for each other; on SQLite they do so anyway.
        rows = type(self)._base_manager.using(using).select_for_update()
        stored = rows.filter(pk=self.pk).first()
        return stored._texts() if stored else {}

    def _record_translations(self, before, after, origin, using):
        changed = {
            key: text
            for key, text in after.items()
            if key[1] != SOURCE and text != before.get(key, "")
        }
        if not changed:
            return
        known = {(row.field, row.language): row for row in self.translations.using(using)}
        new = []
        for (field, code), text in changed.items():
            row = known.get((field, code)) or Translation(
                content_type=ContentType.objects.get_for_model(self),
                object_id=self.pk,
                field=field,
                language=code,
            )
            if not text:
                if row.pk:
                    row.delete(using=using)
                continue
            row.source, row.origin = after[field, SOURCE], origin
            row.reviewed_by, row.reviewed_at, row.written_at = None, None, timezone.now()
            if row.pk:
                row.save(using=using)
            else:
                new.append(row)
        if new:
            bulk_create_with_history(new, Translation)

    def _keep_valid(self, before, after, using):
        """Let the translations of the German that changed count as made from the new German."""
        for field in self.translated_fields():
            old, new = before.get((field, SOURCE), ""), after[field, SOURCE]
            if old != new:
                for row in self.translations.using(using).filter(field=field, source=old):
                    row.source = new
                    row.save(update_fields=["source"])


@lru_cache
def translated_names(model):
    translated = translator.get_options_for_model(model).all_fields
    return tuple(field.name for field in model._meta.fields if field.name in translated)
