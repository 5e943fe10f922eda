"""What the queue carries: nothing but a call to those who sleep. The database says what there is to do."""

from django_tasks import task


@task()
def convert_videos() -> None:
    """Work until there is nothing to do."""
    from gallery.videos.worker import drain_queue

    drain_queue()
