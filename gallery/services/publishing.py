"""Owners show their works to others, and take them back."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User

from .. import conversion, files
from ..models import Act, Exhibit, State, Work
from ..models.exhibits import searchable
from .locks import Gone, lock_exhibit, lock_person


def publish(*, work: Work, kind: str, title: str, shows_photo: bool, reviewed: bool = False) -> Exhibit:
    """Show a work to others; at once, or when staff have approved it.

    Called again, it changes what is shown. `reviewed`: somebody with the right to decide says so already.
    Raises Gone, EngineBusy and BadImage.
    """
    exhibit = Exhibit.objects.filter(work=work).select_related("owner").first() or _prepare(work)
    with transaction.atomic():
        lock_person(work.owner_id)
        exhibit = lock_exhibit(work.pk)
        if not reviewed and _needs_review(exhibit, kind, title, shows_photo):
            exhibit.state, exhibit.submitted = State.WAITING, timezone.now()
        else:
            exhibit.state = State.PUBLISHED
            exhibit.published = exhibit.published or timezone.now()
        exhibit.kind, exhibit.title, exhibit.shows_photo, exhibit.reason = kind, title, shows_photo, ""
        exhibit.save()
    return exhibit


def _prepare(work: Work) -> Exhibit:
    """A private exhibit with its pictures. They are made before the transaction: that takes a while."""
    try:
        shown = conversion.for_show(files.path_of(work.file), work.style)
    except FileNotFoundError as error:
        raise Gone from error
    with files.new_files() as new, transaction.atomic():
        lock_person(work.owner_id)
        if not Work.objects.filter(pk=work.pk).exists():
            raise Gone
        if existing := Exhibit.objects.filter(work=work).first():
            return existing  # from another tab
        return Exhibit.objects.create(
            work=work,
            owner_id=work.owner_id,
            style=work.style,
            state=State.WITHDRAWN,
            submitted=timezone.now(),
            renditions=[
                [width, new.write("results", picture.extension, picture.data)]
                for width, picture in shown.renditions.items()
            ],
            card=new.write("results", shown.card.extension, shown.card.data),
            blur=shown.blur,
        )


def _needs_review(exhibit: Exhibit, kind: str, title: str, shows_photo: bool) -> bool:
    """Whether staff have to look before others do.

    What was refused once goes back to staff whatever the settings say, also if it was private in between.
    """
    same = (exhibit.kind, exhibit.title) == (kind, title) and exhibit.shows_photo >= shows_photo
    if exhibit.state == State.PUBLISHED and same:
        return False
    last = exhibit.work.decisions.order_by("-at", "-pk").first()
    refused = last is not None and last.act in (Act.REJECT, Act.HIDE)
    return settings.GALLERY_REVIEW or refused or exhibit.reports.filter(settled=False).exists()


@transaction.atomic
def withdraw(*, work: Work) -> None:
    """Make a work private again. Raises Gone."""
    lock_person(work.owner_id)
    exhibit = lock_exhibit(work.pk)
    exhibit.state = State.WITHDRAWN
    exhibit.save(update_fields=["state"])


@transaction.atomic
def follow_name(*, owner: User) -> None:
    """Let searches find the exhibits of a person who was renamed; see `Exhibit.search`."""
    lock_person(owner.pk)
    outdated = Exhibit.objects.filter(owner=owner).exclude(search__startswith=searchable("", owner.username_key))
    exhibits = list(outdated.only("title"))
    for exhibit in exhibits:
        exhibit.search = searchable(exhibit.title, owner.username_key)
    Exhibit.objects.bulk_update(exhibits, ["search"], batch_size=200)
