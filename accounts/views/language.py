"""The language switch, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import languages


# Without a token, so that a page which everybody sees is the same for everybody and caches may keep it. The session's
# cookie does not come along from other sites, so the worst that these could do is to change a visitor's language.
@csrf_exempt
@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    response = HttpResponseRedirect(_page_to_show(request))
    code = request.POST.get("language", "")
    if languages.is_offered(code):
        languages.remember(response, code)
        if request.user.is_authenticated:
            request.user.language = code
            request.user.save(update_fields=["language"])
    return response


def _page_to_show(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("landing")
