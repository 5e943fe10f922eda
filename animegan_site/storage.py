"""Static files with their content's hash in the name, so that browsers keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    # Modules import each other by relative name; those names get their hashes too.
    support_js_module_import_aggregation = True
