from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts.checks import check_mail_settings
        from accounts.mail import messages  # noqa: F401 - registers the mails about accounts

        register(check_mail_settings)
