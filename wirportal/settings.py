"""Settings, all of them: what differs between installations comes from the environment.

README.md lists the variables. Without DEBUG, a missing secret or a broken value stops the start.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from contacts.public_holidays import Germany
from languages.registry import REGISTRY, SOURCE, django_lang_info

from .database import Connection
from .environment import flag, mail, megabytes, networks
from .logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()
DEBUG = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}


def secret_key():
    """Return SECRET_KEY, or the one that `make serve` keeps in DATA_DIR."""
    key_file = DATA_DIR / "secret_key"
    if key := os.environ.get("SECRET_KEY"):
        return key
    if key_file.is_file():
        return key_file.read_text(encoding="ascii").strip()
    if DEBUG:
        return "insecure-development-key"
    raise ImproperlyConfigured("SECRET_KEY is not set (make serve creates one in DATA_DIR).")


SECRET_KEY = secret_key()

# One address for absolute links, allowed hosts and CSRF origins; https switches the rest on.
HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = os.environ.get("PORT") or "8000"
URL_HOST = f"[{HOST}]" if ":" in HOST else HOST
SITE_URL = (os.environ.get("SITE_URL") or f"http://{URL_HOST}:{PORT}").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname or _site.path:
    raise ImproperlyConfigured(f"SITE_URL must be like https://wir.example.org, not {SITE_URL!r}.")
HTTPS = _site.scheme == "https"
_name = f"[{_site.hostname}]" if ":" in _site.hostname else _site.hostname
ALLOWED_HOSTS = sorted({_name, "localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = [SITE_URL]

TRUSTED_PROXIES = networks("TRUSTED_PROXIES", "127.0.0.1,::1")

ADMIN_PATH = "/verwaltung/"
ACCOUNT_PATH = ADMIN_PATH + "konto/"

INSTALLED_APPS = [
    "modeltranslation",  # before the admin: it patches model registration
    "wirportal.apps.PortalConfig",  # before the admin: its templates extend the admin's
    "wirportal.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_prose_editor",
    "simple_history",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "languages",
    "programme",
    "contacts",
    "offers",
]

# Public pages pass only the middleware that is not named Staff…: they have no session, no
# messages and no CSRF cookie, and cost less.
MIDDLEWARE = [
    "wirportal.middleware.SecurityHeadersMiddleware",  # outermost: headers on every answer
    "django.middleware.security.SecurityMiddleware",
    "wirportal.requests.refuse_malformed",
    "wirportal.middleware.StaticFilesMiddleware",
    "wirportal.middleware.LanguageMiddleware",
    "wirportal.middleware.address_stand_in",  # before all that could note an address
    "wirportal.middleware.StaffSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "wirportal.middleware.StaffCsrfMiddleware",
    "wirportal.requests.StaffReadableMiddleware",
    "wirportal.middleware.StaffAuthenticationMiddleware",
    "wirportal.middleware.StaffMessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # by this name; it does next to nothing
    "wirportal.middleware.staff_second_factor",
    "wirportal.middleware.staff_last_seen",
    "wirportal.middleware.staff_history",  # after authentication: it notes who changed what
    "offers.collecting.carry_shortlist",  # innermost: it changes the page itself
]

ROOT_URLCONF = "wirportal.urls"
WSGI_APPLICATION = "wirportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "programme.site.site",
            ],
            "builtins": ["languages.templatetags.languages", "django.templatetags.i18n"],
        },
    },
]

try:
    DATABASES = {
        "default": dj_database_url.parse(
            os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'wir.sqlite3'}"
        )
    }
except ValueError as error:  # the URL may hold a password: it is not repeated here
    raise ImproperlyConfigured(
        "DATABASE_URL must be like postgres://user:password@host/name or sqlite:////path/file."
    ) from error
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction takes the write lock at once, so it waits instead of failing half way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        # FULL: what was answered with "saved" survives a power cut.
        # Each thread has a connection of its own; half of SQLite's usual cache is as fast here.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-1000;"
        ),
        "cached_statements": 32,
        "factory": Connection,
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Whoever saves during an import would wait for its end, and with each one a thread.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c lock_timeout=5s")
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared by all workers, for it counts failed sign-ins. Sessions are never in it.
DATABASE_CACHE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "cache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
CACHES = {"default": DATABASE_CACHE}
if REDIS_URL := os.environ.get("REDIS_URL"):
    redis_cache = {
        "BACKEND": "wirportal.cache.RedisOrDatabase",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "wir",
    }
    CACHES = {"default": redis_cache, "database": DATABASE_CACHE}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

PASSWORD_HASHERS = [  # the first for new ones; a password in another one is renewed at sign-in
    "wirportal.signin.passwords.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

# Signing in (signin/). Nobody signs up; pages that are not in its urls.py do not exist.
LOGIN_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
REQUIRE_MFA = flag("REQUIRE_MFA", HTTPS)
ACCOUNT_ADAPTER = "wirportal.signin.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "wirportal.signin.forms.SignInForm",
    "change_password": "wirportal.signin.forms.ChangePasswordForm",
    "set_password": "wirportal.signin.forms.SetPasswordForm",
    "reset_password": "wirportal.signin.forms.ForgottenPasswordForm",
    "reset_password_from_key": "wirportal.signin.forms.NewPasswordForm",
    "reauthenticate": "wirportal.signin.forms.PasswordAgainForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE, from the sign-in on
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Django's own: allauth's would keep a second list of e-mail addresses, with the old ones in it.
_tokens = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = _tokens
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds
# "key" is a name from one address, or from one known device; the account's own is much looser, so
# that nobody can lock a colleague out from elsewhere. docs/operating.md tells these numbers.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/15m/ip,5/15m/key",
    "login_failed_account": "50/h/key",
    "change_password": "10/15m/user",
    "reset_password": "10/h/ip,3/h/key",
}
MFA_ADAPTER = "wirportal.signin.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "wirportal.signin.forms.CodeForm",
    "reauthenticate": "wirportal.signin.forms.CodeAgainForm",
    "activate_totp": "wirportal.signin.forms.AppForm",
    "add_webauthn": "wirportal.signin.forms.PasskeyForm",
    "edit_webauthn": "wirportal.signin.forms.PasskeyNameForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # one code earlier or later: clocks differ, and people type slowly
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Languages: the registry is the one list.
LANG_INFO.update(django_lang_info())
LANGUAGE_CODE = SOURCE
LANGUAGES = [(entry.code, entry.name) for entry in REGISTRY.values()]
LANGUAGES_BIDI = [entry.code for entry in REGISTRY.values() if entry.direction == "rtl"]
# This installation's own interface texts (from imported files) stand over those of the code.
OWN_LOCALE = DATA_DIR / "locale"
LOCALE_PATHS = [*([OWN_LOCALE] if OWN_LOCALE.is_dir() else []), BASE_DIR / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True
# Public holidays of this Land, as ISO 3166-2 names it after "DE-".
HOLIDAY_SUBDIVISION = os.environ.get("HOLIDAY_SUBDIVISION") or "HE"
if HOLIDAY_SUBDIVISION not in Germany.subdivisions:
    raise ImproperlyConfigured(f"HOLIDAY_SUBDIVISION is none of {', '.join(Germany.subdivisions)}.")

# How much of the pages that matter has to be translated before a language can be published.
PUBLISH_PERCENT = int(os.environ.get("PUBLISH_PERCENT") or 80)

MODELTRANSLATION_DEFAULT_LANGUAGE = SOURCE
MODELTRANSLATION_PREPOPULATE_LANGUAGE = SOURCE
MODELTRANSLATION_FALLBACK_LANGUAGES = (SOURCE,)
MODELTRANSLATION_CUSTOM_FIELDS = ("RichTextField",)


def localized_label(label, code):
    """Name a field of another language; labels of German fields stay as they are."""
    return label if code == SOURCE else f"{label} ({REGISTRY[code].name})"


MODELTRANSLATION_BUILD_LOCALIZED_VERBOSE_NAME = localized_label

# The page store: for each worker in memory, and for all of them in DATA_DIR/pages; 0 and 0 is off.
PAGE_MEMORY = megabytes("PAGE_MEMORY_MB", 12)
PAGE_FILES = megabytes("PAGE_FILES_MB", 500)

# Static and uploaded files
STATIC_URL = "/static/"
# An image brings its static files and catalogues along: there, the code cannot be written.
BUILT = BASE_DIR / "staticfiles"
IS_BUILT = BUILT.is_dir()
STATIC_ROOT = BUILT if IS_BUILT else DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "wirportal.stylesheets.SmallStylesheets"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
# Only developers' tools ask for maps: packing the editor's took half of the first start's time.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
FILE_UPLOAD_PERMISSIONS = 0o640

# E-mail, as Django's own settings
EMAIL_URL = os.environ.get("EMAIL_URL") or ("console://" if DEBUG else "")
HAS_MAIL = ACCOUNT_EMAIL_NOTIFICATIONS = bool(EMAIL_URL)
globals().update(mail(EMAIL_URL, f"noreply@{_site.hostname}"))

# Security. The Content-Security-Policy is set in wirportal/middleware.py.
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0  # two years
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True  # forms carry the token; no script asks the cookie
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options and frame-ancestors come from our own middleware
    "security.W003",  # StaffCsrfMiddleware is Django's, on the admin's addresses
    "security.W008",  # http is turned into https by the proxy, which also answers health checks
    "security.W021",  # the preload list binds the whole domain: its owner's decision, not ours
]

LOG_FORMAT = os.environ.get("LOG_FORMAT") or "text"
if LOG_FORMAT not in {"text", "json"}:
    raise ImproperlyConfigured(f"LOG_FORMAT must be text or json, not {LOG_FORMAT!r}.")
LOGGING = logging_config(LOG_FORMAT)
