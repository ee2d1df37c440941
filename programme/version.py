"""One number that changes with every change of the content, so that nothing stale is ever served.

The database's own triggers change it, inside the transaction of the change: bulk updates, imports
and plain SQL count as well. It is random, not counted up, since a rolled-back transaction or a
restored backup would bring an old count back with new content.
"""

from pathlib import Path

from django.conf import settings
from django.db import connections, models


class ContentVersion(models.Model):
    """One row; none yet counts as 0."""

    number = models.BigIntegerField(default=0)

    is_content = False

    def __str__(self):
        return str(self.number)


TABLE = ContentVersion._meta.db_table
NUMBER = {"sqlite": "random()", "postgresql": "(random() * 9e18)::bigint"}
CHANGE = (
    f"INSERT INTO {TABLE} (id, number) VALUES (1, {{number}}) "
    f"ON CONFLICT (id) DO UPDATE SET number = excluded.number;"
)


def content_version(using="default"):
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT number FROM {TABLE} WHERE id = 1")
        return (cursor.fetchone() or [0])[0]


def content_tables(app_config):
    """Return the tables that public pages are made of; history and logs are not among them."""
    return [
        model._meta.db_table
        for model in app_config.get_models(include_auto_created=True)
        if getattr(model, "is_content", True) and not model.__name__.startswith("Historical")
    ]


def create_triggers(app_config, using, **kwargs):
    """Receive post_migrate: SQLite loses the triggers of a table whenever a migration alters it."""
    if Path(app_config.path).parent != settings.BASE_DIR:
        return
    connection = connections[using]
    number = NUMBER.get(connection.vendor)
    with connection.cursor() as cursor:
        known = set(connection.introspection.table_names(cursor))
        if number is None or TABLE not in known:
            return
        change = CHANGE.format(number=number)
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION change_content_version() RETURNS trigger AS "
                f"$$ BEGIN {change} RETURN NULL; END $$ LANGUAGE plpgsql"
            )
        for table in known.intersection(content_tables(app_config)):
            for statement in triggers(connection.vendor, table, change):
                cursor.execute(statement)


def triggers(vendor, table, change):
    if vendor == "postgresql":
        yield f'DROP TRIGGER IF EXISTS content_version ON "{table}"'
        yield (
            "CREATE TRIGGER content_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
            f'ON "{table}" EXECUTE FUNCTION change_content_version()'
        )
        return
    for event in ("INSERT", "UPDATE", "DELETE"):
        yield (
            f'CREATE TRIGGER IF NOT EXISTS "{table}_{event.lower()}_version" '
            f'AFTER {event} ON "{table}" BEGIN {change} END'
        )
