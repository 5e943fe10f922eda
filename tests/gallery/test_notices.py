"""Mails about decisions, in the owner's words; and searches that follow a new name."""

from collections.abc import Callable
from contextlib import suppress
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation

from accounts.mail.sender import MailServerAway, send_due_mails
from accounts.models import QueuedMail, User
from gallery.models import Decision, Exhibit, ExhibitKind, ExhibitState, ModerationAction, Photo, Work
from gallery.models.exhibits import build_search_text
from gallery.moderation import services
from gallery.showcase.listing import ExhibitListing
from tests.conftest import PASSWORD
from tests.gallery.exhibits import show

pytestmark = pytest.mark.mariadb

Decide = Callable[..., list[Exhibit]]


class Broken(EmailBackend):
    """A mail server that is down."""

    def open(self) -> None:
        raise ConnectionRefusedError


class Choosy(EmailBackend):
    """A mail server that refuses one address."""

    def send_messages(self, messages: list[mail.EmailMessage]) -> int:
        if messages[0].to == ["mia@example.com"]:
            raise SMTPRecipientsRefused({"mia@example.com": (550, b"no such user")})
        return super().send_messages(messages)


def make_exhibit(owner: User, title: str = "Hills", state: ExhibitState = ExhibitState.WAITING) -> Exhibit:
    same = {"owner": owner, "width": 9, "height": 9}
    key = f"{owner.pk}-{title}"[:60]
    photo = Photo.objects.create(**same, file=f"uploads/{key}", name="a.jpg", sha256=key, bytes=1)
    made = {"seconds": 1, "device": "cpu", "engine": "torch"}
    work = Work.objects.create(**same, **made, photo=photo, file=f"results/{key}", style="comic", detail="fine")
    shown = {"kind": ExhibitKind.SCENERY, "style": "comic", "title": title, "state": state, "published": timezone.now()}
    return Exhibit.objects.create(work=work, owner=owner, submitted=timezone.now(), **shown)


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("Staff", "staff@example.com", PASSWORD)


@pytest.fixture
def exhibit(owner: User) -> Exhibit:
    owner.wants_mail = True
    owner.save()
    return make_exhibit(owner)


@pytest.fixture
def decide(staff: User, django_capture_on_commit_callbacks: Any) -> Decide:
    """A decision, and what happens once it is committed."""

    def decided(
        *exhibits: Exhibit, action: ModerationAction = ModerationAction.PUBLISH, reason: str = ""
    ) -> list[Exhibit]:
        with django_capture_on_commit_callbacks(execute=True):
            changed = services.decide(exhibits=exhibits, action=action, decided_by=staff, reason=reason).changed
        with suppress(MailServerAway):
            send_due_mails()
        return changed

    return decided


@pytest.mark.parametrize(
    ("action", "subject", "words"),
    [
        (ModerationAction.PUBLISH, "“Hills” is now in the gallery of", "was published"),
        (ModerationAction.REJECT, "“Hills” was not accepted", "was not accepted"),
        (ModerationAction.HIDE, "“Hills” was removed from", "was removed from"),
    ],
)
def test_an_owner_who_wants_it_is_told(
    decide: Decide, exhibit: Exhibit, action: ModerationAction, subject: str, words: str
) -> None:
    decide(exhibit, action=action, reason="Too <dark> & blurred.")
    (message,) = mail.outbox
    assert message.to == ["mia@example.com"]
    assert subject in message.subject
    assert "\n" not in message.subject
    assert message.body.startswith("Hello Mia,\n\nyour work “Hills” ")
    assert words in message.body
    assert "Reason: Too <dark> & blurred." in message.body
    assert "\n\n\n" not in message.body


def test_without_a_reason_there_is_no_word_of_one(decide: Decide, exhibit: Exhibit) -> None:
    decide(exhibit)
    assert "reason" not in mail.outbox[0].body.lower()
    assert "\n\n\n" not in mail.outbox[0].body


@pytest.mark.parametrize("wish", [{"wants_mail": False}, {"email": None}, {"is_active": False}])
def test_for_who_does_not_want_it_or_cannot_get_it_no_mail_server_is_even_asked(
    decide: Decide,
    owner: User,
    exhibit: Exhibit,
    settings: LazySettings,
    caplog: pytest.LogCaptureFixture,
    wish: dict[str, Any],
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    User.objects.filter(pk=owner.pk).update(**wish)
    assert decide(exhibit) == [exhibit]
    assert caplog.text == ""


def test_mail_is_off_until_somebody_asks_for_it(decide: Decide, other: User) -> None:
    decide(make_exhibit(other))
    assert mail.outbox == []


@pytest.mark.parametrize("of_staff", ["en", "zh-hans"])
@pytest.mark.parametrize("of_owner", ["en", "zh-hans", ""])
def test_the_mail_is_in_the_language_of_its_owner(
    decide: Decide, owner: User, exhibit: Exhibit, monkeypatch: pytest.MonkeyPatch, of_owner: str, of_staff: str
) -> None:
    owner.language = of_owner
    owner.save()
    rendered = []
    monkeypatch.setattr(
        "gallery.moderation.notices.render_to_string",
        lambda template, _context: rendered.append((template, translation.get_language())) or "text",
    )
    with translation.override(of_staff):
        decide(exhibit)
        assert translation.get_language() == of_staff
    expected = of_owner or "en"
    assert rendered == [("gallery/mail/subject.txt", expected), ("gallery/mail/decision.txt", expected)]


def test_only_a_site_that_knows_its_address_sends_links(
    decide: Decide, exhibit: Exhibit, settings: LazySettings
) -> None:
    decide(exhibit)
    settings.SITE_URL = "https://anime.example.org/"
    decide(exhibit, action=ModerationAction.HIDE)
    without, with_links = mail.outbox
    assert "http" not in without.body
    assert f"\n\nhttps://anime.example.org/works/{exhibit.work_id}/\n\n" in with_links.body
    assert "\nhttps://anime.example.org/accounts/profile/\n" in with_links.body


def test_the_link_about_a_video_leads_to_where_it_is_published(
    decide: Decide, exhibit: Exhibit, settings: LazySettings
) -> None:
    settings.SITE_URL = "https://anime.example.org"
    film = show(exhibit.owner, is_video=True)
    decide(film, action=ModerationAction.HIDE)
    assert f"https://anime.example.org/videos/jobs/{film.work_key}/publish/" in mail.outbox[0].body


def test_what_changed_nothing_is_not_told(decide: Decide, owner: User, exhibit: Exhibit) -> None:
    Exhibit.objects.update(state=ExhibitState.WITHDRAWN)
    assert decide(exhibit) == []
    Exhibit.objects.update(state=ExhibitState.PUBLISHED)
    assert decide(exhibit) == []
    assert mail.outbox == []


def test_each_owner_is_told_of_their_own(decide: Decide, owner: User, other: User, exhibit: Exhibit) -> None:
    User.objects.update(wants_mail=True)
    decide(exhibit, make_exhibit(owner, "Lake"), make_exhibit(other, "Harbour"))
    told = sorted((message.to[0], message.subject.split("”")[0]) for message in mail.outbox)
    assert told == [("mia@example.com", "“Hills"), ("mia@example.com", "“Lake"), ("noah@example.com", "“Harbour")]


def test_a_line_break_in_a_title_does_not_get_into_the_head_of_the_mail(decide: Decide, owner: User) -> None:
    User.objects.update(wants_mail=True)
    decide(make_exhibit(owner, "Hills\nBcc: all@example.com"))
    assert "“Hills Bcc: all@example.com”" in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == ["mia@example.com"]


def test_a_decision_that_is_taken_back_is_told_to_nobody(
    exhibit: Exhibit, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError), transaction.atomic():
        services.decide(exhibits=[exhibit], action=ModerationAction.PUBLISH, decided_by=staff)
        raise RuntimeError
    assert not QueuedMail.objects.exists()


def test_the_mail_goes_out_after_the_decision_is_kept(
    exhibit: Exhibit, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as later:
        services.decide(exhibits=[exhibit], action=ModerationAction.PUBLISH, decided_by=staff)
    assert (len(mail.outbox), len(later), QueuedMail.objects.count()) == (0, 1, 1)


def test_a_mail_server_that_is_down_stops_no_decision(decide: Decide, exhibit: Exhibit, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    assert decide(exhibit) == [exhibit]
    exhibit.refresh_from_db()
    assert (exhibit.state, Decision.objects.count()) == (ExhibitState.PUBLISHED, 1)
    assert QueuedMail.objects.get().error.startswith("ConnectionRefusedError")


def test_an_address_that_is_refused_keeps_no_mail_from_others(
    decide: Decide, other: User, exhibit: Exhibit, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Choosy"
    User.objects.update(wants_mail=True)
    decide(exhibit, make_exhibit(other))
    assert [message.to for message in mail.outbox] == [["noah@example.com"]]
    assert "was refused" in caplog.text


def found(words: str) -> list[str]:
    return [exhibit.title for exhibit in ExhibitListing.from_query({"q": words}).get_page().exhibits]


def test_searches_follow_a_person_who_is_renamed_in_the_admin(owner: User, other: User, staff: User) -> None:
    make_exhibit(owner, "Hills", ExhibitState.PUBLISHED), make_exhibit(other, "Harbour", ExhibitState.PUBLISHED)
    client = Client()
    client.force_login(staff)
    url = f"/admin/accounts/user/{owner.pk}/change/"
    form = client.get(url).context["adminform"].form
    data = {name: form.initial.get(name) for name in form.fields if form.initial.get(name)}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
    data = {**data, "groups": [], "user_permissions": [], **joined, "username": "Zoë"}
    assert client.post(url, data).status_code == 302
    assert (found("zoë"), found("mia"), found("noah"), found("hills")) == (["Hills"], [], ["Harbour"], ["Hills"])


def test_a_renamed_persons_row_says_what_a_new_one_would(owner: User) -> None:
    exhibit = make_exhibit(owner, "HILLS")
    owner.username = "Zoë"
    owner.save(update_fields=["username"])
    exhibit.refresh_from_db()
    assert exhibit.search == build_search_text("HILLS", "zoë")


@pytest.mark.parametrize("fields", [["last_login"], ["language", "email"]])
def test_saving_something_else_costs_nothing_more(
    owner: User, django_assert_num_queries: Any, fields: list[str]
) -> None:
    with django_assert_num_queries(1):
        owner.save(update_fields=fields)


def test_creating_a_person_costs_nothing_more(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        User.objects.create_user("Lena", "lena@example.com", PASSWORD)
