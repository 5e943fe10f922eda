"""Who is logged in, and until when; and that no form gives more than it shows."""

import ssl

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.browsing import is_logged_in, log_in, sign_up
from tests.conftest import PASSWORD

STOLEN_RIGHTS = {"is_staff": "on", "is_superuser": "on", "is_active": "on", "quota_works": "0", "email_verified": "on"}


def copy_of(client: Client) -> Client:
    """A second browser with the same cookie, as a thief would have it."""
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    return thief


def test_a_copy_of_the_cookie_is_worth_nothing_after_the_log_out(anonymous: Client, owner: User) -> None:
    log_in(anonymous, "Mia")
    thief = copy_of(anonymous)
    assert is_logged_in(thief)
    anonymous.post(reverse("accounts:logout"))
    assert not is_logged_in(thief)


def test_a_copy_of_the_cookie_is_worth_nothing_after_the_account_is_deleted(anonymous: Client, owner: User) -> None:
    log_in(anonymous, "Mia")
    thief = copy_of(anonymous)
    anonymous.post(reverse("accounts:delete"), {"password": PASSWORD})
    assert not User.objects.exists()
    assert not is_logged_in(thief)


def test_a_log_in_ends_after_thirty_days(anonymous: Client, owner: User) -> None:
    log_in(anonymous, "Mia")
    assert anonymous.cookies["sessionid"]["max-age"] == 30 * 24 * 60 * 60
    assert anonymous.session.get_expiry_age() <= 30 * 24 * 60 * 60


def test_the_key_of_a_session_cannot_be_chosen(anonymous: Client, owner: User) -> None:
    anonymous.cookies["sessionid"] = "chosen" * 5
    log_in(anonymous, "Mia")
    assert anonymous.cookies["sessionid"].value != "chosen" * 5


def test_signing_up_gives_no_rights_whatever_the_form_says(anonymous: Client, db: None) -> None:
    right = Permission.objects.get(codename="change_exhibit")
    sign_up(anonymous, **STOLEN_RIGHTS, user_permissions=str(right.pk))
    lena = User.objects.get(username="Lena")
    assert (lena.is_staff, lena.is_superuser, lena.quota_works, lena.email_verified) == (False, False, None, False)
    assert not lena.get_all_permissions()


@pytest.mark.parametrize("name", ["profile", "password_change", "language"])
def test_no_form_of_an_account_gives_rights_either(owner_client: Client, owner: User, name: str) -> None:
    passwords = {"old_password": PASSWORD, "new_password1": "another horse 9", "new_password2": "another horse 9"}
    data = {"email": "mia@example.com", "language": "en", **passwords, **STOLEN_RIGHTS}
    assert owner_client.post(reverse(f"accounts:{name}"), data).status_code == 302
    owner.refresh_from_db()
    assert (owner.is_staff, owner.is_superuser, owner.quota_works, owner.email_verified) == (False, False, None, False)


def test_passwords_are_in_no_log(anonymous: Client, owner: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for _attempt in range(6):  # the last ones are locked out, which is logged
        log_in(anonymous, "Mia", "a wrong secret")
    sign_up(anonymous, password1="a new secret", password2="another secret")
    anonymous.post(reverse("accounts:login"), {"username": "Mia\nINFO all is well", "password": "a wrong secret"})
    assert "secret" not in caplog.text
    assert "\nINFO all is well" not in caplog.text


def test_a_line_break_in_a_url_makes_no_line_in_the_log(anonymous: Client, caplog: pytest.LogCaptureFixture) -> None:
    anonymous.get("/works/%0AINFO all is well%1B[31m")
    assert "all is well" in caplog.text
    assert "\nINFO" not in caplog.text
    assert "\x1b" not in caplog.text


def test_mails_go_only_to_a_server_whose_certificate_is_right(settings: LazySettings) -> None:
    settings.EMAIL_USE_TLS = True
    context = EmailBackend().ssl_context
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
