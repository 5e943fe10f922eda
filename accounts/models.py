"""Users, and what they did lately that is limited."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.usernames import make_username_key, make_username_skeleton
from accounts.validators import username_validator, validate_new_username


def normalize_email(email: str) -> str:
    """Return the one spelling of an e-mail address that is stored and compared."""
    return email.strip().lower()


class CaseInsensitiveUserManager(UserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_key=make_username_key(username or ""))

    def find_by_login(self, typed: str) -> "User | None":
        """Return the user whose name or e-mail address this is, in any case."""
        field = {"email": normalize_email(typed)} if "@" in typed else {"username_key": make_username_key(typed)}
        return self.filter(**field).first()


PersonManager = CaseInsensitiveUserManager  # the name that migration 0001 imports


class User(AbstractUser):
    """Names and e-mail addresses are unique whatever their case.

    MariaDB has no unique index on an expression such as LOWER(…), so `save` keeps a plain column for each.
    """

    username = models.CharField(
        _("username"),
        max_length=60,
        unique=True,
        validators=[username_validator],
        error_messages={"unique": _("This username is taken.")},
    )
    # Folding the case makes a name up to three times as long.
    username_key = models.CharField(max_length=180, unique=True, editable=False)
    # Not unique: there may be names of before that look alike.
    username_skeleton = models.CharField(max_length=64, db_index=True, editable=False, default="")
    # What people log in with, and what mails go to; each address belongs to one person.
    email = models.EmailField(  # type: ignore[assignment]
        _("email address"),
        unique=True,
        null=True,  # not yet confirmed: see `pending_email`
        blank=True,
        error_messages={"unique": _("An account with this email address already exists.")},
    )
    email_verified = models.BooleanField(_("email address confirmed"), default=False)
    # What a person says is theirs. Others may say so too, so it opens nothing and keeps nobody from using it.
    pending_email = models.EmailField(_("email address to be confirmed"), blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)
    wants_mail = models.BooleanField(_("email me when a work is published or rejected"), default=False)
    # What this person may keep; empty: what the settings say.
    quota_works = models.PositiveIntegerField(_("maximum number of works"), null=True, blank=True)
    quota_megabytes = models.PositiveIntegerField(_("maximum megabytes"), null=True, blank=True)

    objects: ClassVar[CaseInsensitiveUserManager] = CaseInsensitiveUserManager()

    @property
    def shown_email(self) -> str:
        """Return the address that the person gave last, confirmed or not."""
        return self.pending_email or self.email or ""

    @property
    def is_email_confirmed(self) -> bool:
        return self.email_verified and not self.pending_email

    @property
    def max_works(self) -> int:
        """Return how many works the person may keep: their own limit, else that of the settings; 0: any number."""
        return settings.QUOTA_WORKS if self.quota_works is None else self.quota_works

    @property
    def max_megabytes(self) -> int:
        """Return how many megabytes the person may store: their own limit, else that of the settings; 0: any number."""
        return settings.QUOTA_MEGABYTES if self.quota_megabytes is None else self.quota_megabytes

    def clean(self) -> None:
        super().clean()
        self.email = normalize_email(self.email or "") or None
        # A form that refused the name itself leaves none here. A name of before stays, whatever it looks like.
        if self.username and (self.pk is None or not User.objects.filter(pk=self.pk, username=self.username).exists()):
            self._clean_new_username()

    def _clean_new_username(self) -> None:
        try:
            validate_new_username(self.username)
        except ValidationError as error:
            raise ValidationError({"username": error}) from error
        key, skeleton = make_username_key(self.username), make_username_skeleton(self.username)
        others = User.objects.exclude(pk=self.pk)
        similar = others.filter(models.Q(username_key=key) | models.Q(username_skeleton=skeleton)).first()
        if similar is None:
            return
        if similar.username_key == key:
            raise ValidationError({"username": self.unique_error_message(User, ("username",))})
        text = _("This username looks too much like one that is taken.")
        raise ValidationError({"username": ValidationError(text, code="unique")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normalize_email(self.email or "") or None
        fields = kwargs.get("update_fields")
        if fields is None or "username" in fields:
            self.username_key = make_username_key(self.username)
            self.username_skeleton = make_username_skeleton(self.username)
        if fields is not None and "username" in fields:
            kwargs["update_fields"] = {*fields, "username_key", "username_skeleton"}
        super().save(*args, **kwargs)


class Attempt(models.Model):
    """One use of something that is limited by the hour; see `rate_limits`."""

    scope = models.CharField(max_length=20)
    key = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["scope", "key", "at"], name="attempt_count"),
            models.Index(fields=["scope", "at"], name="attempt_prune"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class QueuedMail(models.Model):
    """A mail that waits to be sent; see `mail.queue`. It holds neither text nor links, and at most a day."""

    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    arguments = models.JSONField(default=dict)
    language = models.CharField(max_length=10)
    created = models.DateTimeField()
    due = models.DateTimeField(db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.created:%Y-%m-%d %H:%M}"
