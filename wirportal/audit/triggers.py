"""Whatever is published or withdrawn goes on record, also by bulk changes and imports.

All of them write the history (django-simple-history), which knows who did it. So the database's
own triggers on it do the rest. Without a user or a reason it was the setting up, or a test.
"""

from django.apps import apps
from django.db import connections
from django.utils.translation import override

from languages.registry import SOURCE

from ..models import AuditEntry

TABLE = AuditEntry._meta.db_table
NAME = "audit_published"


def models_with_history():
    return [
        model
        for model in apps.get_models()
        if hasattr(model, "history") and any(f.name == "published" for f in model._meta.fields)
    ]


def entry_of(model):
    """Return the SQL that makes an entry of a row of the history, NEW, if it changes anything.

    The "+" keep a database from reading the whole history backwards for what has no past.
    """
    history = model.history.model._meta.db_table
    with override(SOURCE):
        kind = str(model._meta.verbose_name).replace("'", "''")
    title = " || ' ' || ".join(f"COALESCE(NEW.{column}, '')" for column in model.label_columns)
    public = "(NEW.published AND NEW.history_type <> '-')"
    return f"""
        INSERT INTO {TABLE} (at, user_id, name, action, label, detail)
        SELECT NEW.history_date, NEW.history_user_id,
            COALESCE((SELECT username FROM auth_user WHERE id = NEW.history_user_id), ''),
            CASE WHEN {public} THEN 'published' ELSE 'unpublished' END,
            '{kind}: ' || {title},
            CASE WHEN NEW.history_type = '-' THEN 'gelöscht'
                ELSE COALESCE(NEW.history_change_reason, '') END
        WHERE {public} <> COALESCE(
            (SELECT past.published AND past.history_type <> '-' FROM {history} past
            WHERE past.id = NEW.id AND +past.history_id < NEW.history_id
            ORDER BY +past.history_id DESC LIMIT 1), false)
        AND (NEW.history_user_id IS NOT NULL OR COALESCE(NEW.history_change_reason, '') <> '')
    """  # noqa: S608  names of our own tables


def drop(cursor, vendor, table):
    if vendor == "postgresql":
        cursor.execute(f'DROP TRIGGER IF EXISTS {NAME} ON "{table}"')
    else:
        cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_{NAME}"')


def create(cursor, vendor, table, entry):
    if vendor == "postgresql":
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {table}_{NAME}() RETURNS trigger AS "
            f"$$ BEGIN {entry}; RETURN NULL; END $$ LANGUAGE plpgsql"
        )
        cursor.execute(
            f'CREATE TRIGGER {NAME} AFTER INSERT ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION {table}_{NAME}()"
        )
    else:
        cursor.execute(
            f'CREATE TRIGGER "{table}_{NAME}" AFTER INSERT ON "{table}" BEGIN {entry}; END'
        )


def tables(connection, cursor):
    known = set(connection.introspection.table_names(cursor))
    for model in models_with_history():
        if model.history.model._meta.db_table in known:
            yield model.history.model._meta.db_table, model


def drop_triggers(using="default", **kwargs):
    """Receive pre_migrate: SQLite alters no table that a trigger elsewhere speaks of."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table, _model in list(tables(connection, cursor)):
            drop(cursor, connection.vendor, table)


def create_triggers(using="default", **kwargs):
    """Receive post_migrate."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return
        for table, model in list(tables(connection, cursor)):
            drop(cursor, connection.vendor, table)
            create(cursor, connection.vendor, table, entry_of(model))
