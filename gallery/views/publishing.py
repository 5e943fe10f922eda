"""Owners show their works to others, and take them back."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from ..access import work_or_404
from ..forms import PublishForm
from ..models import Work
from ..problems import EXPECTED, problem_of
from ..services import publishing
from ..services.locks import Gone
from .limits import refusal
from .responses import post_only
from .works import work_page


@post_only(back="gallery:work")
def publish(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Show a work to others, or change how it is shown."""
    work = work_or_404(request.user, work_id)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return work_page(request, work, form, status=422)
    if answer := refusal(request, scope="publish", limit=settings.PUBLISHES_PER_HOUR):
        return answer
    return _publish(request, work, form)


def _publish(request: HttpRequest, work: Work, form: PublishForm) -> HttpResponse:
    choice = {name: form.cleaned_data[name] for name in ("kind", "title", "shows_photo")}
    try:
        exhibit = publishing.publish(work=work, **choice)
    except EXPECTED as error:
        problem = problem_of(error)
        form.add_error(None, problem.message)
        response = work_page(request, work, form, status=problem.status)
        if problem.retry_after:
            response["Retry-After"] = str(problem.retry_after)
        return response
    if exhibit.is_public:
        messages.success(request, _("Your work is in the gallery."))
    else:
        messages.success(request, _("Thank you. Your work appears in the gallery as soon as it is approved."))
    return redirect("gallery:work", work.pk)


@post_only(back="gallery:work")
def withdraw(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Make a work private again."""
    work = work_or_404(request.user, work_id)
    try:
        publishing.withdraw(work=work)
    except Gone:
        raise Http404 from None
    messages.success(request, _("Only you see this work now."))
    return redirect("gallery:work", work.pk)
