"""Links by which people without an account take part in a study: signed, so that nobody can make one up."""

from uuid import UUID

from django.core.signing import BadSignature, Signer

from gallery.models import Study

SALT = "gallery.comparisons.invitation"


class BadInvitation(Exception):
    """A link was made up, or cut off."""


def make_token(study: Study) -> str:
    """Return what an invitation link ends in: letters, digits, `-`, `_` and `:`."""
    return Signer(salt=SALT).sign_object([study.pk.hex, study.invitation_number])


def read_token(token: str) -> tuple[UUID, int]:
    """Return (key of the study, number of the invitation). Raise BadInvitation."""
    try:
        key, number = Signer(salt=SALT).unsign_object(token)
        return UUID(key), int(number)
    except (BadSignature, ValueError) as error:
        raise BadInvitation from error
