"""Staff and works: what they find, what they see of them, what they decide, and what deleting leaves."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Decision, Exhibit, ExhibitKind, ExhibitState, ModerationAction, Work
from gallery.moderation.admin import actions
from gallery.moderation.admin.widgets import format_seen_versions
from gallery.moderation.services import decide
from gallery.showcase.publishing import publish, withdraw
from tests.gallery.exhibits import NOON, fill, show

pytestmark = pytest.mark.mariadb

WORKS = "/admin/gallery/work/"
WHY = "A stranger is in it"


def found(client: Client, query: str) -> list[str]:
    """The file names in the list, narrowed."""
    return sorted(work.photo.name for work in client.get(f"{WORKS}?{query}").context["cl"].result_list)


def run_action(client: Client, name: str, works: list[Work], **more: str) -> str:
    """Do something with marked works, as the page shows them now; the page after."""
    marked = {"action": name, "_selected_action": [str(work.pk) for work in works]}
    marked["seen"] = format_seen_versions(Exhibit.objects.filter(work__in=works))
    return client.post(WORKS, marked | more, follow=True).content.decode()


def private(owner: User, title: str = "Secret") -> Work:
    exhibit = show(owner, title=title)
    exhibit.delete()
    return Work.objects.get(pk=exhibit.work_id)


# --- What is private ---


def test_of_a_private_work_staff_see_the_data_and_no_picture(admin_client: Client, owner: User) -> None:
    work = private(owner)
    for url in (WORKS, f"{WORKS}{work.pk}/change/"):
        page = admin_client.get(url).content.decode()
        assert "Secret.jpg" in page
        assert '<span class="private">private</span>' in page
        assert f"/gallery/{work.pk}" not in page
        assert f"/works/{work.pk}" not in page


def test_what_its_owner_has_taken_back_is_private_again(admin_client: Client, owner: User) -> None:
    work = show(owner, title="Second thoughts", shows_photo=True, kind=ExhibitKind.FACE).work
    withdraw(work=work)
    page = admin_client.get(f"{WORKS}{work.pk}/change/").content.decode()
    assert f"/gallery/{work.pk}" not in page
    assert '<div class="readonly">Faces</div>' not in page
    assert f"/gallery/{work.pk}" not in admin_client.get(WORKS).content.decode()


@pytest.mark.parametrize("state", [state for state in ExhibitState if state != ExhibitState.WITHDRAWN])
def test_a_submitted_work_is_shown(admin_client: Client, owner: User, state: ExhibitState) -> None:
    work = show(owner, state=state).work
    for url in (WORKS, f"{WORKS}{work.pk}/change/"):
        assert f'src="/gallery/{work.pk}/480.webp"' in admin_client.get(url).content.decode()


def test_the_photo_is_shown_only_where_its_owner_lets_others_see_it(admin_client: Client, owner: User) -> None:
    shown, kept = show(owner, shows_photo=True), show(owner)
    page = admin_client.get(WORKS).content.decode()
    assert f'src="/gallery/{shown.work_id}/photo/"' in page
    assert f"/gallery/{kept.work_id}/photo/" not in page


def test_the_pictures_that_the_list_names_are_there_for_staff(admin_client: Client, work: Work) -> None:
    publish(work=work, kind=ExhibitKind.SCENERY, title="Hills", shows_photo=True)
    page = admin_client.get(WORKS).content.decode()
    for kind in ("image/webp", "image/jpeg"):
        url = f"/gallery/{work.pk}/{'96.webp' if kind == 'image/webp' else 'photo/'}"
        assert f'src="{url}"' in page
        assert admin_client.get(url)["Content-Type"] == kind


# --- Finding ---


def test_works_are_narrowed_by_state(admin_client: Client, owner: User) -> None:
    private(owner, "Never shown")
    show(owner, title="Taken back", state=ExhibitState.WITHDRAWN)
    show(owner, title="Waits", state=ExhibitState.WAITING)
    show(owner, title="Out")
    assert found(admin_client, "state=withdrawn") == ["Never shown.jpg", "Taken back.jpg"]
    assert found(admin_client, "state=waiting") == ["Waits.jpg"]
    assert found(admin_client, "state=published") == ["Out.jpg"]


def test_works_are_narrowed_by_kind_but_private_ones_have_none(admin_client: Client, owner: User) -> None:
    show(owner, title="Face", kind=ExhibitKind.FACE)
    show(owner, title="Hills")
    show(owner, title="Private hills", state=ExhibitState.WITHDRAWN)
    assert found(admin_client, "kind=face") == ["Face.jpg"]
    assert found(admin_client, "kind=scenery") == ["Hills.jpg"]


def test_works_are_narrowed_by_style_also_by_one_that_is_gone(admin_client: Client, owner: User) -> None:
    show(owner, title="New")
    show(owner, title="Old", style="hayao")
    assert found(admin_client, "style=hayao") == ["Old.jpg"]
    page = admin_client.get(WORKS).content.decode()
    assert ">Comic</a>" in page
    assert ">Hayao</a>" in page


@pytest.mark.parametrize(
    ("size", "names"), [("small", ["1.jpg"]), ("medium", ["2.jpg", "3.jpg"]), ("large", ["4.jpg"])]
)
def test_works_are_narrowed_by_size(admin_client: Client, owner: User, size: str, names: list[str]) -> None:
    for number, megabytes in enumerate((1.0, 1.1, 5.0, 5.1), start=1):
        work = show(owner, title=str(number)).work
        Work.objects.filter(pk=work.pk).update(bytes=int(megabytes * 2**20))
    assert found(admin_client, f"size={size}") == names


def test_works_are_narrowed_by_date_and_owner(admin_client: Client, owner: User, other: User) -> None:
    show(owner, title="Mine")
    work = show(other, title="Old").work
    Work.objects.filter(pk=work.pk).update(created=NOON - timedelta(days=400))
    assert found(admin_client, urlencode({"created__lt": NOON - timedelta(days=1)})) == ["Old.jpg"]
    assert found(admin_client, f"owner__id__exact={owner.pk}") == ["Mine.jpg"]


@pytest.mark.parametrize("words", ["mia", "MIA@example", "sunset"])
def test_works_are_found_by_owner_and_file_name(admin_client: Client, owner: User, other: User, words: str) -> None:
    show(owner, title="Sunset")
    show(other, title="Hills")
    assert found(admin_client, f"q={words}") == ["Sunset.jpg"]


def test_a_filter_that_does_not_exist_narrows_nothing(admin_client: Client, owner: User) -> None:
    show(owner, title="Hills")
    assert found(admin_client, "state=nonsense") == ["Hills.jpg"]


def test_the_list_takes_the_same_queries_whatever_its_length(
    admin_client: Client, owner: User, django_assert_num_queries
) -> None:
    fill(owner, 3)
    private(owner)
    with django_assert_num_queries(5) as few:
        admin_client.get(WORKS)
    fill(owner, 27)
    with django_assert_num_queries(len(few)):
        admin_client.get(WORKS)


# --- Deciding ---


def test_marked_works_are_published_and_private_ones_passed_over(
    admin_client: Client, admin_user: User, owner: User
) -> None:
    waits, back = show(owner, state=ExhibitState.WAITING), show(owner, state=ExhibitState.WITHDRAWN)
    out, secret = show(owner), private(owner)
    page = run_action(admin_client, "publish", [waits.work, back.work, out.work, secret])
    states = list(Exhibit.objects.order_by("pk").values_list("state", flat=True))
    assert states == [ExhibitState.PUBLISHED, ExhibitState.WITHDRAWN, ExhibitState.PUBLISHED]
    for text in ("1 work is published.", "2 private works were skipped.", "1 work was not changed."):
        assert text in page
    decision = Decision.objects.get()
    assert (decision.action, decision.work, decision.decided_by) == (ModerationAction.PUBLISH, waits.work, admin_user)


@pytest.mark.parametrize(("name", "state"), [("reject", ExhibitState.REJECTED), ("hide", ExhibitState.HIDDEN)])
def test_a_reason_is_asked_for_and_kept_for_the_owner(
    admin_client: Client, owner: User, name: str, state: ExhibitState
) -> None:
    exhibit, secret = show(owner, title="Hills & sea"), private(owner)
    page = run_action(admin_client, name, [exhibit.work, secret])
    for text in ("Hills &amp; sea", "1 private work will be skipped.", "The owner of the work will see it."):
        assert text in page
    assert "Secret" not in page
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.PUBLISHED
    page = run_action(admin_client, name, [exhibit.work, secret], reason=WHY)
    exhibit.refresh_from_db()
    assert (exhibit.state, exhibit.reason) == (state, WHY)
    assert Decision.objects.get().reason == WHY
    assert "1 private work was skipped." in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_without_a_usable_reason_nothing_happens(admin_client: Client, owner: User, reason: str) -> None:
    exhibit = show(owner)
    page = run_action(admin_client, "reject", [exhibit.work], reason=reason)
    assert "errorlist" in page
    assert Exhibit.objects.get().state == ExhibitState.PUBLISHED


def test_where_all_are_private_no_reason_is_asked_for(admin_client: Client, owner: User) -> None:
    page = run_action(admin_client, "hide", [private(owner)])
    assert "1 private work was skipped." in page
    assert 'name="reason"' not in page


def test_too_many_at_a_time_are_not_asked_about(
    admin_client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_WORKS_PER_REASON", 2)
    works = [exhibit.work for exhibit in fill(owner, 3)]
    assert "Please select at most 2 works at a time." in run_action(admin_client, "hide", works)
    assert 'name="reason"' in run_action(admin_client, "hide", works[:2])


def test_the_page_that_asks_names_what_was_marked_so_that_nothing_else_is_decided(
    admin_client: Client, owner: User
) -> None:
    exhibit = show(owner)
    marked = {"action": "hide", "_selected_action": [str(exhibit.work_id)], "select_across": "1"}
    page = admin_client.post(WORKS, marked)
    show(owner)  # meanwhile
    answer = dict(page.context["hidden"]) | {"reason": WHY}
    admin_client.post(WORKS, answer)
    assert list(Exhibit.objects.order_by("pk").values_list("state", flat=True)) == [
        ExhibitState.HIDDEN,
        ExhibitState.PUBLISHED,
    ]


# --- Styles ---


@pytest.mark.parametrize("name", ["work", "exhibit", "decision"])
def test_styles_are_told_by_their_titles(admin_client: Client, admin_user: User, owner: User, name: str) -> None:
    exhibit = show(owner, title="Hills")
    show(owner, style="hayao")  # no longer in the manifest
    decide(exhibits=Exhibit.objects.all(), action=ModerationAction.HIDE, decided_by=admin_user, reason=WHY)
    page = admin_client.get(f"/admin/gallery/{name}/").content.decode()
    if name == "decision":
        assert "Hills.jpg (Comic)" in page
        assert "(Hayao)" in page
        return
    cells = re.findall(r'<td class="field-style_title">(.*?)</td>', page)
    assert sorted(cells) == ["Comic", "Hayao"]
    row = exhibit.work if name == "work" else exhibit
    own = admin_client.get(f"/admin/gallery/{name}/{row.pk}/change/").content.decode()
    assert re.search(r'<div class="readonly">Comic</div>', own)
