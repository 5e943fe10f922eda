from pathlib import Path

from django.conf import settings
from django.db import migrations


def measure(apps, schema_editor):
    for work in apps.get_model("gallery", "Work").objects.filter(bytes=0).iterator(chunk_size=500):
        path = Path(settings.MEDIA_ROOT) / work.file
        if path.is_file():
            work.bytes = path.stat().st_size
            work.save(update_fields=["bytes"])


class Migration(migrations.Migration):
    dependencies = [("gallery", "0002_exhibits")]
    operations = [migrations.RunPython(measure, migrations.RunPython.noop)]
