"""Give two fields of works the names that code uses for them. Their columns keep the old names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0010_wording")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("work", "chosen", "face_numbers"),
                migrations.AlterField(
                    "work",
                    "face_numbers",
                    models.CharField(blank=True, db_column="chosen", editable=False, max_length=100),
                ),
                migrations.RenameField("work", "cut", "photo_crop"),
                migrations.AlterField(
                    "work", "photo_crop", models.CharField(blank=True, db_column="cut", max_length=100)
                ),
            ],
            database_operations=[],
        )
    ]
