"""Reports: keeping and hiding what was reported resolves them; and the log of decisions."""

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from gallery.models import Decision, Exhibit, ExhibitState, ModerationAction, Report
from gallery.moderation.admin.widgets import format_seen_versions
from gallery.moderation.services import decide, delete_by_staff
from gallery.showcase.publishing import withdraw
from gallery.showcase.reactions import report_exhibit
from tests.gallery.exhibits import fill, show

pytestmark = pytest.mark.mariadb

REPORTS = "/admin/gallery/report/"
DECISIONS = "/admin/gallery/decision/"
WHY = "It shows somebody who did not agree"


@pytest.fixture
def reported(owner: User, other: User) -> Exhibit:
    """A published work that two people complained about."""
    exhibit = show(owner, title="Hills")
    report_exhibit(exhibit=exhibit, reporter=other, reason="copyright", text="I took this")
    report_exhibit(exhibit=exhibit, reporter=owner, reason="other", text="")
    return exhibit


def run_action(client: Client, name: str, **more: str) -> str:
    """Do something with all reports; the page after."""
    marked = {"action": name, "_selected_action": list(Report.objects.values_list("pk", flat=True))}
    marked["seen"] = format_seen_versions(Exhibit.objects.all())
    return client.post(REPORTS, marked | more, follow=True).content.decode()


def test_a_report_tells_what_and_who(admin_client: Client, reported: Exhibit) -> None:
    page = admin_client.get(REPORTS).content.decode()
    for text in ("Hills: The photo belongs to someone else", "I took this", "Noah", "480.webp"):
        assert text in page


def test_keeping_it_published_resolves_all_its_reports(
    admin_client: Client, admin_user: User, reported: Exhibit
) -> None:
    page = run_action(admin_client, "publish")
    assert "1 work was not changed." in page
    assert "skipped" not in page  # two reports, but one work
    assert list(Report.objects.values_list("is_resolved", flat=True)) == [True, True]
    assert (Decision.objects.get().action, Decision.objects.get().decided_by) == (ModerationAction.PUBLISH, admin_user)


def test_what_the_site_hid_by_itself_is_published_again(
    admin_client: Client, owner: User, other: User, settings: LazySettings
) -> None:
    settings.REPORTS_TO_HIDE = 1
    exhibit = show(owner)
    report_exhibit(exhibit=exhibit, reporter=other, reason="other", text="")
    assert "1 work is published." in run_action(admin_client, "publish")
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.PUBLISHED
    assert Report.objects.get().is_resolved


def test_hiding_asks_for_the_reason_and_resolves(admin_client: Client, reported: Exhibit) -> None:
    assert 'name="reason"' in run_action(admin_client, "hide")
    assert not Report.objects.filter(is_resolved=True).exists()
    assert "1 work is hidden." in run_action(admin_client, "hide", reason=WHY)
    reported.refresh_from_db()
    assert (reported.state, reported.reason) == (ExhibitState.HIDDEN, WHY)
    assert not Report.objects.filter(is_resolved=False).exists()
    assert Decision.objects.get().reason == WHY


def test_the_buttons_of_a_row_decide_too(admin_client: Client, reported: Exhibit) -> None:
    one = reported.reports.latest("pk")
    page = admin_client.get(REPORTS).content.decode()
    assert "Keep published" in page
    data = {"one": f"hide:{one.pk}", "reason": WHY, "seen": format_seen_versions([reported])}
    admin_client.post(REPORTS, data)
    reported.refresh_from_db()
    assert reported.state == ExhibitState.HIDDEN
    assert f'value="hide:{one.pk}"' not in admin_client.get(REPORTS).content.decode()  # resolved


def test_there_is_no_rejecting_from_a_report(admin_client: Client, reported: Exhibit) -> None:
    one = reported.reports.latest("pk")
    admin_client.post(REPORTS, {"one": f"reject:{one.pk}", "reason": WHY, "seen": format_seen_versions([reported])})
    reported.refresh_from_db()
    assert reported.state == ExhibitState.PUBLISHED


def test_reports_are_narrowed_to_those_that_are_open(
    admin_client: Client, admin_user: User, owner: User, other: User
) -> None:
    resolved, opened, gone = (show(owner, title=title) for title in ("Resolved", "Open", "Gone"))
    for exhibit in (resolved, opened, gone):
        report_exhibit(exhibit=exhibit, reporter=other, reason="other", text="")
    decide(exhibits=[resolved], action=ModerationAction.PUBLISH, decided_by=admin_user)
    withdraw(work=gone.work)

    def listed(value: str) -> list[str]:
        response = admin_client.get(REPORTS, {"settled": value})
        return [row.exhibit.title for row in response.context["cl"].result_list]

    assert (listed("open"), listed("settled"), listed("private")) == (["Open"], ["Resolved"], ["Gone"])


def test_a_work_that_is_private_since_is_not_shown_nor_decided_about(
    admin_client: Client, owner: User, other: User
) -> None:
    exhibit = show(owner, shows_photo=True)
    report_exhibit(exhibit=exhibit, reporter=other, reason="other", text="")
    withdraw(work=exhibit.work)
    for url in (REPORTS, f"{REPORTS}{Report.objects.get().pk}/change/"):
        page = admin_client.get(url).content.decode()
        assert "Something else" in page
        assert f"/gallery/{exhibit.work_id}" not in page
        assert 'name="one"' not in page
    assert "1 private work was skipped." in run_action(admin_client, "publish")


def test_the_list_takes_the_same_queries_whatever_its_length(
    admin_client: Client, owner: User, other: User, django_assert_num_queries
) -> None:
    def complain(count: int) -> None:
        rows = [Report(exhibit=exhibit, reporter=other, reason="other") for exhibit in fill(owner, count)]
        Report.objects.bulk_create(rows)

    complain(3)
    with django_assert_num_queries(4) as few:
        admin_client.get(REPORTS)
    complain(27)
    with django_assert_num_queries(len(few)):
        admin_client.get(REPORTS)


# --- The log ---


def test_every_decision_is_in_the_log(admin_client: Client, admin_user: User, owner: User) -> None:
    gone, stays = show(owner, title="Gone").work, show(owner, title="Stays")
    decide(exhibits=[stays], action=ModerationAction.HIDE, decided_by=admin_user, reason=WHY)
    delete_by_staff(works=[gone], decided_by=admin_user)
    page = admin_client.get(DECISIONS).content.decode()
    for text in ("Hidden", WHY, "Stays.jpg", "Deleted", str(gone.pk), str(admin_user)):
        assert text in page
    assert "Gone.jpg" not in page


def test_the_log_tells_the_site_from_staff_whose_account_is_gone(
    admin_client: Client, owner: User, other: User, settings: LazySettings
) -> None:
    settings.REPORTS_TO_HIDE = 1
    helper = User.objects.create_user("Helper", "helper@example.com", "x", is_staff=True)
    decide(exhibits=[show(owner)], action=ModerationAction.HIDE, decided_by=helper, reason=WHY)
    helper.delete()
    page = admin_client.get(DECISIONS).content.decode()
    assert "a deleted account" in page
    assert "the site (after reports)" not in page
    report_exhibit(exhibit=show(owner), reporter=other, reason="other", text="")
    assert "the site (after reports)" in admin_client.get(DECISIONS).content.decode()


def test_the_log_is_searched_by_staff_reason_and_work(admin_client: Client, admin_user: User, owner: User) -> None:
    first, second = show(owner), show(owner)
    decide(exhibits=[first], action=ModerationAction.HIDE, decided_by=admin_user, reason=WHY)
    decide(exhibits=[second], action=ModerationAction.REJECT, decided_by=admin_user, reason="Too dark")
    for words, count in ((str(admin_user), 2), ("did not agree", 1), (str(second.work_id), 1), ("nothing", 0)):
        assert admin_client.get(DECISIONS, {"q": words}).context["cl"].result_count == count, words


def test_the_log_takes_the_same_queries_whatever_its_length(
    admin_client: Client, admin_user: User, owner: User, django_assert_num_queries
) -> None:
    decide(exhibits=fill(owner, 3), action=ModerationAction.HIDE, decided_by=admin_user, reason=WHY)
    with django_assert_num_queries(4) as few:
        admin_client.get(DECISIONS)
    decide(exhibits=fill(owner, 27), action=ModerationAction.HIDE, decided_by=admin_user, reason=WHY)
    with django_assert_num_queries(len(few)):
        admin_client.get(DECISIONS)


def test_nobody_changes_the_log(admin_client: Client, admin_user: User, owner: User) -> None:
    decide(exhibits=[show(owner)], action=ModerationAction.HIDE, decided_by=admin_user, reason=WHY)
    page = f"{DECISIONS}{Decision.objects.get().pk}/"
    assert admin_client.get(f"{page}change/").status_code == 200
    assert admin_client.post(f"{page}change/", {"reason": "Other"}).status_code == 403
    assert admin_client.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    assert Decision.objects.get().reason == WHY


def test_a_bookmark_with_the_old_name_of_a_field_still_filters(
    admin_client: Client, admin_user: User, owner: User, other: User
) -> None:
    exhibit = show(owner)
    report_exhibit(exhibit=exhibit, reporter=other, reason="copyright", text="I took this")
    decide(exhibits=[exhibit], action=ModerationAction.HIDE, decided_by=admin_user, reason=WHY)
    year = timezone.localtime(Decision.objects.get().created).year
    for page, old, new in (
        (REPORTS, "complaint__exact=copyright&q=took", "q=took&reason__exact=copyright"),
        (DECISIONS, "act__exact=hide", "action__exact=hide"),
        (DECISIONS, f"at__year={year}", f"created__year={year}"),
    ):
        response = admin_client.get(f"{page}?{old}")
        assert (response.status_code, response["Location"]) == (302, f"{page}?{new}")
        assert admin_client.get(response["Location"]).context["cl"].result_count == 1, old


def test_an_action_on_a_list_opened_by_a_field_s_old_name_still_counts(admin_client: Client, reported: Exhibit) -> None:
    marked = {"action": "publish", "_selected_action": list(Report.objects.values_list("pk", flat=True))}
    marked["seen"] = format_seen_versions(Exhibit.objects.all())
    admin_client.post(f"{REPORTS}?complaint__exact=copyright", marked)
    assert set(Report.objects.values_list("reason", "is_resolved")) == {("copyright", True), ("other", True)}
