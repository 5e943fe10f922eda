"""What processes that were killed, and disks that were away, have left over."""

from gallery.storage.deletion import retry_deletions
from gallery.storage.orphans import delete_orphaned_files
from gallery.storage.temporary import delete_abandoned_temporary_files


def clean_up_storage() -> None:
    """Delete files without a row, deleted ones that could not be deleted then, and temporary ones of nobody.

    Servers and workers do it when they start, uploads before they begin, and workers from time to time. Where nothing
    is left over it costs a look into two small folders and one query.
    """
    delete_orphaned_files()
    retry_deletions()
    delete_abandoned_temporary_files()
