"""Give fields the names that code uses for them. Their columns keep the old names: the database is not touched."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

REPORT_REASONS = [
    ("person", "It shows me or somebody who did not agree"),
    ("indecent", "It is indecent, violent or hateful"),
    ("copyright", "The photo belongs to somebody else"),
    ("other", "Something else"),
]
ACTIONS = [("publish", "Published"), ("reject", "Rejected"), ("hide", "Hidden"), ("delete", "Deleted")]
now = django.utils.timezone.now


def renamed(model: str, old_name: str, new_name: str, field: models.Field) -> list[Operation]:
    return [migrations.RenameField(model, old_name, new_name), migrations.AlterField(model, new_name, field)]


def leased(model: str) -> list[Operation]:
    return [
        *renamed(model, "free_at", "lease_expires_at", models.DateTimeField(db_column="free_at", default=now)),
        *renamed(model, "tries", "attempts", models.PositiveSmallIntegerField(db_column="tries", default=0)),
    ]


class Migration(migrations.Migration):
    dependencies = [("gallery", "0008_workers"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                *leased("videojob"),
                *leased("videosegment"),
                *renamed("videojob", "served", "last_claimed", models.DateTimeField(db_column="served", null=True)),
                *renamed(
                    "videoupload",
                    "arrived",
                    "received_bytes",
                    models.PositiveBigIntegerField(db_column="arrived", default=0),
                ),
                *renamed(
                    "videoupload",
                    "touched",
                    "updated",
                    models.DateTimeField(db_column="touched", db_index=True, default=now),
                ),
                *renamed("worker", "seen", "last_seen", models.DateTimeField(db_column="seen", db_index=True)),
                *renamed(
                    "report",
                    "complaint",
                    "reason",
                    models.CharField(
                        choices=REPORT_REASONS, db_column="complaint", max_length=10, verbose_name="complaint"
                    ),
                ),
                *renamed(
                    "decision",
                    "act",
                    "action",
                    models.CharField(choices=ACTIONS, db_column="act", max_length=10, verbose_name="act"),
                ),
                *renamed(
                    "decision",
                    "by",
                    "decided_by",
                    models.ForeignKey(
                        db_column="by_id",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decisions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                migrations.RemoveIndex("decision", "decision_newest"),
                *renamed(
                    "decision",
                    "at",
                    "created",
                    models.DateTimeField(auto_now_add=True, db_column="at", verbose_name="at"),
                ),
                migrations.AddIndex("decision", models.Index(fields=["-created"], name="decision_newest")),
            ],
            database_operations=[],
        )
    ]
