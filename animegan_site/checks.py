"""System checks of the site: Django runs them before most commands, and before the site starts."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.db import Error as DatabaseError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

UTF8 = "utf8mb4"  # the only character set of MySQL that has all of Unicode: a name may be an emoji


@register(Tags.security, deploy=True)
def check_allowed_hosts(app_configs: Sequence[AppConfig] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Refuse `*`: whoever sends a Host header would choose the links in pages and mails."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "Set ALLOWED_HOSTS to the host names of the site, for example ALLOWED_HOSTS=anime.example.org."
    return [Error("ALLOWED_HOSTS=* answers to every host name.", hint=hint, id="animegan.E002")]


@register(Tags.database)
def check_character_sets(
    app_configs: Sequence[AppConfig] | None = None, databases: Iterable[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """Refuse a MySQL or MariaDB database, or tables in it, of another character set than utf8mb4.

    A database that is away is no error here: the site waits for it.
    """
    errors: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor == "mysql":
            try:
                errors += [_character_set_error(*found) for found in _find_other_character_sets(connection)]
            except DatabaseError:
                continue
    return errors


def find_database_errors() -> list[CheckMessage]:
    """Return what stops the site from starting, where nobody ran `migrate` before."""
    try:
        return [found for found in run_checks(tags=[Tags.database], databases=["default"]) if found.is_serious()]
    finally:
        connections.close_all()


def _find_other_character_sets(connection: BaseDatabaseWrapper) -> list[tuple[str, str, str]]:
    """Return what is not utf8mb4: what it is, its character set, and the command that changes it."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT DATABASE(), @@character_set_database")
        database, character_set = cursor.fetchone()
        cursor.execute(
            "SELECT DISTINCT table_name, character_set_name FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND character_set_name <> %s ORDER BY table_name",
            [UTF8],
        )
        tables = cursor.fetchall()
    found = []
    if character_set != UTF8:
        found.append(
            (f"The database {database}", character_set, f"ALTER DATABASE {quote(database)} CHARACTER SET {UTF8};")
        )
    ours = set(connection.introspection.django_table_names())
    for table, table_set in tables:
        if table in ours:
            command = f"ALTER TABLE {quote(table)} CONVERT TO CHARACTER SET {UTF8};"
            found.append((f"The table {table}", table_set, command))
    return found


def _character_set_error(subject: str, character_set: str, command: str) -> Error:
    text = f"{subject} has the character set {character_set}, which cannot store all names and texts."
    return Error(text, hint=f"Make a backup, then run in MySQL or MariaDB: {command}", id="animegan.E001")
