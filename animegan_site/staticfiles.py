"""Which static files of the packages are served."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class SiteStaticFilesConfig(StaticFilesConfig):
    # Extensions that no page uses; the examples in their comments would be taken for imports.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx/ext/*"]
