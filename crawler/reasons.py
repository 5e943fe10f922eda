"""Why a picture was passed over or could not be had, in words; rows hold the codes."""

from django.utils.translation import gettext as _


def reason_text(code: str) -> str:
    """The reason in the reader's language; `status_404` and the like name what the server answered."""
    if code.startswith("status_"):
        return _("the server answered %(status)s") % {"status": code.removeprefix("status_")}
    texts = {
        "no_address": _("without an address on the page"),
        "other_kind": _("not one of the site's creative pictures"),
        "same_address": _("the same address in another set"),
        "duplicate": _("the same file as another"),
        "near_duplicate": _("looks like another"),
        "too_small": _("too small"),
        "too_large": _("too large"),
        "too_many_bytes": _("too large"),
        "too_many_pixels": _("too many pixels"),
        "not_a_picture": _("not a picture"),
        "damaged": _("damaged or incomplete"),
        "empty": _("empty"),
        "missing": _("not there any more"),
        "robots": _("forbidden by robots.txt"),
        "bad_address": _("not an address that can be asked"),
        "other_host": _("on a host that is not allowed"),
        "private_address": _("on a private network"),
        "too_many_redirects": _("redirected too often"),
        "too_slow": _("too slow"),
        "timeout": _("no answer in time"),
        "broken_off": _("broken off by the server"),
        "no_connection": _("no connection"),
    }
    return texts.get(code, code)
