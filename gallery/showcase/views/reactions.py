"""Likes and reports of those who are logged in."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gallery.access import get_exhibit_or_404, require_user
from gallery.failures import UNPROCESSABLE_CONTENT
from gallery.locks import ObjectDeleted
from gallery.models import Exhibit
from gallery.responses import check_rate_limit, post_required, wants_json
from gallery.showcase import reactions
from gallery.showcase.forms import ReportForm
from gallery.showcase.listing import ExhibitListing


def _get_published_or_404(request: HttpRequest, work_id: UUID) -> Exhibit:
    exhibit = get_exhibit_or_404(request.user, work_id)
    if not exhibit.is_public:
        raise Http404
    return exhibit


@post_required(back="gallery:exhibit")
def like_exhibit(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Like a work (`on=1`), or no longer (`on=0`)."""
    exhibit = _get_published_or_404(request, work_id)
    if answer := check_rate_limit(request, scope="like", limit=settings.LIKES_PER_HOUR):
        return answer
    is_liked = request.POST.get("on") == "1"
    try:
        count = reactions.set_like(exhibit=exhibit, user=require_user(request), is_liked=is_liked)
    except ObjectDeleted:
        raise Http404 from None
    if wants_json(request):
        return JsonResponse({"likes": count, "isLiked": is_liked})
    response = redirect("gallery:exhibit", work_id)
    response["Location"] += ExhibitListing.from_query(request.GET).to_query()
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def report_exhibit(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """The form to report a work to staff."""
    exhibit = _get_published_or_404(request, work_id)
    if exhibit.owner_id == request.user.pk:
        raise Http404
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _save_report(request, exhibit, form)
    status = UNPROCESSABLE_CONTENT if form.errors else 200
    return render(request, "gallery/report.html", {"form": form, "exhibit": exhibit}, status=status)


def _save_report(request: HttpRequest, exhibit: Exhibit, form: ReportForm) -> HttpResponse:
    if answer := check_rate_limit(request, scope="report", limit=settings.REPORTS_PER_HOUR):
        return answer
    try:
        is_new = reactions.report_exhibit(exhibit=exhibit, reporter=require_user(request), **form.cleaned_data)
    except ObjectDeleted:
        raise Http404 from None
    if is_new:
        messages.success(request, _("Thank you. A moderator will review it."))
    else:
        messages.info(request, _("You have already reported this work."))
    return redirect("gallery:showcase")
