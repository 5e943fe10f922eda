"""Reports are resolved, as the pages of staff say. The column keeps its name: the database is not touched."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0011_work_names")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("report", "report_queue"),
                migrations.RenameField("report", "settled", "is_resolved"),
                migrations.AlterField(
                    "report",
                    "is_resolved",
                    models.BooleanField(db_column="settled", default=False, verbose_name="resolved"),
                ),
                migrations.AddIndex(
                    "report", models.Index(fields=["is_resolved", "-created"], name="report_queue")
                ),
            ],
            database_operations=[],
        )
    ]
