from django.db import migrations, models


class Migration(migrations.Migration):
    """Names only: every column stays as it is."""

    dependencies = [("crawler", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("item", "address", "url"),
                migrations.RenameField("item", "address_key", "url_key"),
                migrations.RenameField("item", "licence", "license"),
                migrations.RenameField("item", "place", "position"),
                migrations.RenameField("pageread", "addresses", "urls_digest"),
                migrations.AlterField(
                    "item", "url", models.TextField(blank=True, db_column="address", verbose_name="address")
                ),
                migrations.AlterField(
                    "item", "url_key", models.CharField(db_column="address_key", db_index=True, max_length=64)
                ),
                migrations.AlterField(
                    "item",
                    "license",
                    models.CharField(blank=True, db_column="licence", max_length=100, verbose_name="licence"),
                ),
                migrations.AlterField(
                    "item", "position", models.PositiveIntegerField(db_column="place", verbose_name="place")
                ),
                migrations.AlterField(
                    "pageread", "urls_digest", models.CharField(db_column="addresses", max_length=64)
                ),
                migrations.AlterModelOptions(
                    "item",
                    options={
                        "ordering": ("label", "gender", "page", "position", "pk"),
                        "verbose_name": "picture",
                        "verbose_name_plural": "pictures",
                    },
                ),
            ],
        ),
    ]
