"""Static files with a hash of their content in the name, so that browsers may keep them forever."""

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    # Modules import each other by relative name; those names get their hashes too.
    support_js_module_import_aggregation = True


class AppStaticFinder(AppDirectoriesFinder):
    """Leaves out htmx's extensions, which no page uses: the examples in their comments would be taken for imports."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        return super().list([*(ignore_patterns or ()), "django_htmx/ext/*"])
