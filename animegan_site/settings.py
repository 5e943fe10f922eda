"""Settings of the site. Every one that an operator may change is read from the environment or `.env`;
docs/configuration.md lists them. A bad value stops the start with its name."""

import os
import re
from datetime import timedelta
from math import isqrt
from pathlib import Path

from csp.constants import NONE, SELF
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import validate

from animegan_site.env import BASE_DIR, env, read_secret_key

# --- Core ---------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
HTTPS = env.bool("HTTPS", False)  # the site is reached over https: secure cookies, HSTS, redirect
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")
SECRET_KEY = env.str("SECRET_KEY", "") or read_secret_key(VAR_DIR / "secret_key")
ALLOWED_HOSTS: list[str] = env.hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS: list[str] = env.origins("CSRF_TRUSTED_ORIGINS", "")
# The path that the site lies below, where it shares a host with others; Django puts it before every URL.
SCRIPT_NAME: str = env.script_name("SCRIPT_NAME", "")
FORCE_SCRIPT_NAME = SCRIPT_NAME or None
ROOT_URLCONF = "animegan_site.urls"
WSGI_APPLICATION = "animegan_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_NAME = env.str("SITE_NAME", "AnimeGAN Studio")

INSTALLED_APPS = [
    "accounts",
    "gallery",
    "inference",
    "training",
    "crawler",
    "datasets",
    "benchmarks",
    "animegan_site.admin.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "axes",
    "csp",
    "django_htmx",
    "django_tasks",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "animegan_site.middleware.BodyLimitMiddleware",  # before the first that reads the body
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ProfileLanguageMiddleware",
    "accounts.middleware.TooManyHashesMiddleware",
    "animegan_site.middleware.UnreadableRequestMiddleware",
    "animegan_site.middleware.RequesterMiddleware",
    "animegan_site.middleware.PrivatePagesMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "animegan_site.context_processors.site",
            ]
        },
    }
]

# --- Database -----------------------------------------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # On disk, as in use: browser tests serve several requests at a time, each with a connection of its own.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / f"test_{os.getpid()}.sqlite3")}
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # Writers wait for their turn at the start of a transaction instead of failing in its middle.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        "charset": "utf8mb4",
        "init_command": "SET sql_mode='STRICT_TRANS_TABLES'",
        "connect_timeout": 10,  # seconds; where a host is gone, the system's own is minutes
    }
    DATABASES["default"]["TEST"] = {"CHARSET": "utf8mb4"}
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Accounts -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.UsernameOrEmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "accounts.validators.MinimumLengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = ["accounts.hashers.BoundedPBKDF2PasswordHasher", *global_settings.PASSWORD_HASHERS[1:]]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "gallery:studio"
LOGOUT_REDIRECT_URL = "landing"
SESSION_COOKIE_AGE = env.int("SESSION_DAYS", 30, validate=validate.Range(min=1, max=365)) * 60 * 60 * 24

# Whoever guesses a name's password is locked out of that name at their address alone, so nobody can lock another person
# out of their account; who guesses those of many names, out of all of them for an hour.
LOGIN_FAILURES_PER_HOUR = env.int("LOGIN_FAILURES_PER_HOUR", 50, validate=validate.Range(min=1))  # an address
AXES_HANDLER = "accounts.login_limits.LoginHandler"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "old_password", "new_password1", "new_password2"]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", 5, validate=validate.Range(min=1))
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOGIN_LOCK_MINUTES", 15, validate=validate.Range(min=1)))
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "accounts.views.show_lockout"
AXES_USERNAME_CALLABLE = "accounts.backends.get_axes_username"
AXES_CLIENT_IP_CALLABLE = "accounts.client_ip.get_client_ip"
# Nobody needs a list of who logged in from where.
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# How many reverse proxies of ours stand before the site: so many hops of X-Forwarded-For, from the right, are
# believed; with 0 the header is ignored.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0))
SIGNUPS_PER_HOUR = env.int("SIGNUPS_PER_HOUR", 10, validate=validate.Range(min=1))  # an address
UPLOADS_PER_HOUR = env.int("UPLOADS_PER_HOUR", 300, validate=validate.Range(min=1))  # a user
# What a person may keep, unless their account says otherwise; 0: no limit.
QUOTA_WORKS = env.int("QUOTA_WORKS", 1000, validate=validate.Range(min=0))
QUOTA_MEGABYTES = env.int("QUOTA_MEGABYTES", 5000, validate=validate.Range(min=0))

MAIL = env.str("EMAIL_BACKEND", "console", validate=validate.OneOf(["console", "smtp", "filebased", "dummy"]))
EMAIL_BACKEND = f"django.core.mail.backends.{MAIL}.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"  # of filebased
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25, validate=validate.Range(min=1, max=65535))
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)  # STARTTLS, as on port 587
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", False)  # TLS from the first byte on, as on port 465
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise ImproperlyConfigured(
        "EMAIL_USE_TLS and EMAIL_USE_SSL cannot both be true: port 587 needs EMAIL_USE_TLS, port 465 EMAIL_USE_SSL."
    )
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 10, validate=validate.Range(min=1))  # seconds, for each answer of the server
# Addresses are theirs who open the link that is sent there; by default where mails are sent at all.
EMAIL_VERIFICATION = env.bool("EMAIL_VERIFICATION", MAIL == "smtp")
if EMAIL_VERIFICATION and MAIL == "dummy":
    raise ImproperlyConfigured("EMAIL_VERIFICATION=true needs another EMAIL_BACKEND than dummy, which sends nothing.")
SEND_MAIL_IN_BACKGROUND = True  # in tests mails are sent when these say
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "webmaster@localhost")

# --- Security -----------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 60 * 60 * 24 * 365 if HTTPS else 0, validate=validate.Range(min=0))
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Browsers ship the list of those who ask for it, and it takes months to get off it: never unless the operator says so.
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", False)
SILENCED_SYSTEM_CHECKS = [] if SECURE_HSTS_PRELOAD else ["security.W021"]
SECURE_REDIRECT_EXEMPT = [rf"^({re.escape(SCRIPT_NAME[1:])}/)?healthz$" if SCRIPT_NAME else r"^healthz$"]
# Cookies are for this site alone, and not for its neighbors on the same host.
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{SCRIPT_NAME}/"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],  # blob: previews before the upload
        "connect-src": [SELF],
        "media-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Files --------------------------------------------------------------------------------------------
STATIC_URL = f"{SCRIPT_NAME}/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "animegan_site.storage.AppStaticFinder",
]
MEDIA_ROOT = env.path("MEDIA_ROOT", BASE_DIR / "media")
MEDIA_URL = ""  # there is no media address: files leave through views that check the owner
# The internal nginx location that maps to MEDIA_ROOT; empty: Django sends the bytes itself.
ACCEL_REDIRECT = env.str("ACCEL_REDIRECT", "", validate=validate.Regexp(r"^(/.*)?$"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "animegan_site.storage.StaticStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o640  # of collected static files: nginx may send them, as our group
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
FILE_UPLOAD_HANDLERS = [
    "gallery.upload_handlers.DropExcessHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "gallery.upload_handlers.TemporaryFileUploadHandler",
]
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "tmp"  # private, and cleared by gallery.storage.temporary
DATA_UPLOAD_MAX_NUMBER_FILES = 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20  # bytes of a form without its files, and of any request to a view without files
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", 25, validate=validate.Range(min=1)) * 2**20
UPLOAD_MAX_PIXELS = env.int("UPLOAD_MAX_MEGAPIXELS", 51, validate=validate.Range(min=1)) * 10**6

# --- Videos -------------------------------------------------------------------------------------------
VIDEO_MAX_BYTES = env.int("VIDEO_MAX_MEGABYTES", 200, validate=validate.Range(min=1)) * 2**20
VIDEO_MAX_SECONDS = env.int("VIDEO_MAX_SECONDS", 180, validate=validate.Range(min=1))
# 1080p, as it is stored, in the shapes of all screens. Who has set the pixels alone means frames of 16:9.
VIDEO_MAX_PIXELS = env.int("VIDEO_MAX_PIXELS", 3_000_000, validate=validate.Range(min=1))
VIDEO_MAX_SHORT_SIDE = env.int(
    "VIDEO_MAX_SHORT_SIDE",
    max(1088, isqrt(VIDEO_MAX_PIXELS * 9 // 16)) if "VIDEO_MAX_PIXELS" in os.environ else 1088,
    validate=validate.Range(min=1),
)
VIDEO_UPLOADS_PER_HOUR = env.int("VIDEO_UPLOADS_PER_HOUR", 20, validate=validate.Range(min=1))  # a user
VIDEO_CONVERSIONS_PER_HOUR = env.int("VIDEO_CONVERSIONS_PER_HOUR", 40, validate=validate.Range(min=1))  # a user
VIDEO_WORKERS = env.int("VIDEO_WORKERS", 1, validate=validate.Range(min=1))  # processes of `manage.py run_worker`
# Of a worker that says nothing for so long, others take up the work. It says something twice a second.
VIDEO_LEASE_SECONDS = env.float("VIDEO_LEASE_SECONDS", 10.0, validate=validate.Range(min=1))
# The queue only wakes workers; what there is to do says the database. Empty: a file in VAR_DIR.
REDIS_URL = env.str("REDIS_URL", "", validate=validate.Regexp(r"^((rediss?|unix)://.*)?$"))
HUEY = {
    "name": "videos",
    "immediate": False,
    **(
        {"huey_class": "gallery.queue.RedisQueue", "url": REDIS_URL}
        if REDIS_URL
        else {"huey_class": "gallery.queue.FileQueue", "filename": str(VAR_DIR / "queue.sqlite3")}
    ),
}
TASKS = {"default": {"BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend"}}

# --- Inference ----------------------------------------------------------------------------------------
WEIGHTS_DIR = env.path("WEIGHTS_DIR", BASE_DIR / "weights")
INFERENCE_CACHE_DIR = VAR_DIR / "compiled"
INFERENCE_DEVICE = env.str("INFERENCE_DEVICE", "auto", validate=validate.OneOf(["auto", "cpu", "cuda"]))
INFERENCE_BACKEND = env.str("INFERENCE_BACKEND", "auto", validate=validate.OneOf(["auto", "torch", "openvino"]))
INFERENCE_PRECISION = env.str("INFERENCE_PRECISION", "auto", validate=validate.OneOf(["auto", "single"]))
INFERENCE_PARALLEL = env.int("INFERENCE_PARALLEL", 1, validate=validate.Range(min=1))
# Threads of the processor for a conversion; 0 is a fair share of them for each of the server's processes.
INFERENCE_THREADS = env.int("INFERENCE_THREADS", 0, validate=validate.Range(min=0))
WEB_PROCESSES = env.int("WEB_PROCESSES", 1, validate=validate.Range(min=1))
WEB_THREADS = env.int("WEB_THREADS", 64, validate=validate.Range(min=2))
INFERENCE_WAIT_SECONDS = env.float("INFERENCE_WAIT_SECONDS", 60.0, validate=validate.Range(min=0))
# Fewer than the server has threads: the others go on answering pages.
INFERENCE_WAITING = env.int("INFERENCE_WAITING", 56, validate=validate.Range(min=0))
INFERENCE_MEMORY_MB = env.int(
    "INFERENCE_MEMORY_MB", 1024, validate=validate.Range(min=1)
)  # of loaded styles, before the oldest leaves
DEFAULT_STYLE = env.str("DEFAULT_STYLE", "comic")

# --- Labels of what AI made ---------------------------------------------------------------------------
AI_LABEL = env.str("AI_LABEL", "metadata", validate=validate.OneOf(["off", "metadata", "visible"]))
AI_LABEL_PRODUCER = env.str("AI_LABEL_PRODUCER", SITE_NAME, validate=validate.Length(max=200)).strip() or SITE_NAME
AI_LABEL_LANGUAGE = env.str("AI_LABEL_LANGUAGE", "auto", validate=validate.OneOf(["auto", "en", "zh-hans"]))

# --- Gallery ------------------------------------------------------------------------------------------
PUBLIC_GALLERY = env.bool("PUBLIC_GALLERY", False)  # published works, and only they, are open to everybody
GALLERY_REVIEW = env.bool("GALLERY_REVIEW", True)  # staff look at a work before others do
REPORTS_TO_HIDE = env.int("REPORTS_TO_HIDE", 3, validate=validate.Range(min=1))
PUBLISHES_PER_HOUR = env.int("PUBLISHES_PER_HOUR", 30, validate=validate.Range(min=1))  # a user, like the next four
LIKES_PER_HOUR = env.int("LIKES_PER_HOUR", 300, validate=validate.Range(min=1))
REPORTS_PER_HOUR = env.int("REPORTS_PER_HOUR", 10, validate=validate.Range(min=1))
# Votes in comparisons of styles: of a user, and of all guests of one IP address together.
VOTES_PER_HOUR = env.int("VOTES_PER_HOUR", 1000, validate=validate.Range(min=1))
# Downloads that are made on request: of results in another format or size, and zips of selected works.
DOWNLOADS_PER_HOUR = env.int("DOWNLOADS_PER_HOUR", 120, validate=validate.Range(min=1))
EXPORTS_PER_HOUR = env.int("EXPORTS_PER_HOUR", 6, validate=validate.Range(min=1))
SITE_URL: str = env.site_url("SITE_URL", "", script_name=SCRIPT_NAME)  # for every link that leaves the site

# --- Crawler ------------------------------------------------------------------------------------------
CRAWLER_CONTACT = env.str("CRAWLER_CONTACT", "")  # an address that the sites asked can reach the operator at
# In how many of 64 bits the perceptual hashes of two pictures that count as the same may differ.
CRAWLER_SIMILAR_BITS = env.int("CRAWLER_SIMILAR_BITS", 6, validate=validate.Range(min=0, max=32))

# --- Languages ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_TZ = True

# --- Log ----------------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    # A busy engine answers 503 as it should: an error only where an exception was the cause.
    "filters": {
        "no_refusals": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", 0) != 503 or record.exc_info,
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "level": LOG_LEVEL,
            "filters": ["no_refusals"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"axes": {"level": "WARNING"}},
}

for folder in (VAR_DIR, Path(MEDIA_ROOT)):
    folder.mkdir(parents=True, exist_ok=True)
FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, exist_ok=True)
