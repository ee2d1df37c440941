"""How the history is kept: as django-simple-history does, with all that a deletion took away."""

from django.utils import timezone
from simple_history import register
from simple_history.models import HistoricalRecords
from simple_history.utils import get_m2m_field_name


class Records(HistoricalRecords):
    """Keeps of a deletion what it takes to bring everything back (deleted.py)."""

    def pre_delete(self, instance, **kwargs):
        """Note the assignments: when the record is written they are gone."""
        super().pre_delete(instance, **kwargs)
        instance._assigned = {
            field: list(through_rows(instance, field))
            for field in self.get_m2m_fields_from_model(type(instance))
        }

    def post_delete(self, instance, using=None, origin=None, **kwargs):
        """Give one time to all that goes at once: so it can be told from what went before."""
        if origin is not None:
            origin._deleted_at = getattr(origin, "_deleted_at", None) or timezone.now()
            instance._history_date = origin._deleted_at
        super().post_delete(instance, using=using, **kwargs)

    def create_historical_record_m2ms(self, history_instance, instance):
        if history_instance.history_type != "-":
            super().create_historical_record_m2ms(history_instance, instance)
            return
        for field, rows in instance._assigned.items():
            model = self.m2m_models[field]
            found = [model(history=history_instance, **values_of(row)) for row in rows]
            model.objects.bulk_create(found)


def through_rows(instance, field):
    through = getattr(type(instance), field.name).through
    return through.objects.filter(**{get_m2m_field_name(field): instance})


def values_of(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def keep_history(model, **options):
    register(model, records_class=Records, **options)
