"""Tasks of the queue. A queued task carries nothing but a call to work: the database says what there is to do.

`gallery.tasks.convert_videos` is stored in the queue, so this path has to stay importable.
"""

from django_tasks import task


@task()
def convert_videos() -> None:
    """Convert videos until nothing is left to do."""
    # Imported by workers alone: the site, which enqueues the task, has no use for decoders and the engine.
    from gallery.videos.worker import drain_queue

    drain_queue()
