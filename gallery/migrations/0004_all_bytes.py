"""Photos and works count all their files: also the smaller copies, which are more than half of what is stored."""

from pathlib import Path

from django.conf import settings
from django.db import migrations

AT_ONCE = 500


def size_of(names):
    """The bytes of the files that are there; None where none is, as when the folder is not mounted."""
    paths = [Path(settings.MEDIA_ROOT) / name for name in names]
    sizes = [path.stat().st_size for path in paths if path.is_file()]
    return sum(sizes) if sizes else None


def recount(apps, schema_editor):
    for name, files in (("Photo", files_of_photos), ("Work", files_of_works)):
        rows = apps.get_model("gallery", name).objects.order_by("pk")
        some = list(rows[:AT_ONCE])
        while some:
            names = files(apps, some)
            for row in some:
                size = size_of(names[row.pk])
                row.bytes = row.bytes if size is None else size
            rows.bulk_update(some, ["bytes"], batch_size=100)
            some = list(rows.filter(pk__gt=some[-1].pk)[:AT_ONCE])


def files_of_photos(apps, photos):
    return {photo.pk: [photo.file, photo.preview] for photo in photos}


def files_of_works(apps, works):
    names = {work.pk: [work.file, work.thumbnail] for work in works}
    for exhibit in apps.get_model("gallery", "Exhibit").objects.filter(work__in=works):
        names[exhibit.work_id] += [exhibit.card, *(name for _width, name in exhibit.renditions)]
    return names


class Migration(migrations.Migration):
    dependencies = [("gallery", "0003_work_bytes")]
    operations = [migrations.RunPython(recount, migrations.RunPython.noop)]
