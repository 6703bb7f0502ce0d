"""Every setting of the product; what differs between installations comes from the environment."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from backfuture.environment import envbool, envdatabase, envint, envips, envlist, envsecret, envstr, envurls
from backfuture.local.places import socket_path
from backfuture.logs import LOGGING as LOGGING

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(envstr("BACKFUTURE_VAR", str(BASE_DIR / "var")))
KEYS_DIR = VAR_DIR / "keys"
# NumPy is loaded later, by what looks back alone, and reads this then: one thread is enough.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# EMBEDDED is the local try-out mode of `./run`: keys made in var/, plain HTTP on loopback. Never for real users.
DEBUG = envbool("DEBUG", False)
EMBEDDED = envbool("EMBEDDED", DEBUG)
HTTPS = envbool("HTTPS", not EMBEDDED)
PUBLIC_URL = envstr("PUBLIC_URL", "http://127.0.0.1:8000")


def _key(name: str, file_name: str) -> str:
    """Return a key from the environment, or, in embedded mode only, the one `./run` made."""
    value = envsecret(name, fallback=KEYS_DIR / file_name if EMBEDDED else None)
    if not value and not EMBEDDED:
        raise ImproperlyConfigured(f"{name} or {name}_FILE must be set (embedded keys are for local use only)")
    return value


SECRET_KEY = _key("SECRET_KEY", "secret_key") or "not-set-run-./run-once"
FINGERPRINT_KEY = _key("FINGERPRINT_KEY", "fingerprint_key")
ALLOWED_HOSTS = envlist("ALLOWED_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if EMBEDDED else [])
CSRF_TRUSTED_ORIGINS = envlist("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "template_partials",
    "workers",
    "web",
    "accounts",
    "messaging",
    "connections",
    "strategies",
    "recount",
    "trial",
    "backfuture",
    # What measures, rehearses or helps to build brings its own command; the image for servers leaves it out.
    *(name for name in ("benchmarks", "chaos", "rehearsal", "strangers", "tools") if (BASE_DIR / name).is_dir()),
]

MIDDLEWARE = [
    # First of all: what comes after must not see the token that is an alert's whole authority.
    "strategies.signals.endpoint.HiddenTokenMiddleware",
    "web.middleware.RequestIdMiddleware",
    # Outside the one that leads to HTTPS, so that its redirects have them too.
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "web.middleware.KnownHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "backfuture.metrics.page.MonitoringMiddleware",
    # Outside of what sends files: of a try-out nobody has compressed them before.
    "web.middleware.CompressMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.middleware.NoStoreMiddleware",
    "web.middleware.HtmxRedirectMiddleware",
    "strategies.signals.endpoint.SignalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.person.sessions.SeenMiddleware",
    "web.middleware.RequestLogMiddleware",
    "web.middleware.EmptyErrorMiddleware",
    "web.middleware.BodySizeMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.person.factors.OperatorFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.atomic.AccountTransactionMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.guard.middleware.LimitMiddleware",
    "accounts.fresh.middleware.SudoMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "backfuture.urls"
WSGI_APPLICATION = "backfuture.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context.navigation",
                "accounts.freeze.shown",
                "messaging.context.bell",
                "strategies.pages.stops.in_force",
            ],
        },
    },
]

DATABASES = {"default": envdatabase(VAR_DIR / "backfuture.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# On the database, so that signing in does not need the broker. It evicts: nothing that guards may stand in it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"}}

# Signing in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_HASHERS = [
    "accounts.guard.hashing.QueuedArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# How many one process hashes: the memory of several web processes is one container's.
PASSWORDS_AT_ONCE = 1 if envint("WEB_PROCESSES", 1) > 1 else 2
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.guard.passwords.VariedPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Nobody has a session before the mailbox is proven, by a code for the browser that asked (accounts/mailbox.py).
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 5
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "signup": "accounts.forms.SignUpForm",
    "reset_password": "accounts.forms.ResetForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "add_email": "accounts.forms.AddAddressForm",
    "confirm_email_verification_code": "accounts.forms.AddressCodeForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 30 * 60
# accounts/guard/limits.py counts: allauth's own counters stand in a cache, which evicts, under the host that was asked.
ACCOUNT_RATE_LIMITS = False
DEVICE_COOKIE_NAME = "__Host-device" if HTTPS else "device"
QUESTION_COOKIE_NAME = "__Host-question" if HTTPS else "question"
MFA_ADAPTER = "accounts.person.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_TOTP_ISSUER = "BackFuture AI"
# One step of 30 seconds back, for a code that changed while it was typed (accounts/person/factors.py).
MFA_TOTP_TOLERANCE = 1
# A try-out speaks plain HTTP; browsers offer passkeys there at http://localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EMBEDDED
# Nobody guesses a passkey: strangers' garbage must not keep its owner, who shares their network, out.
MFA_RATE_LIMITS = False
MFA_FORMS = {
    "activate_totp": "accounts.person.factors.SetUpForm",
    "authenticate": "accounts.person.factors.SecondStepForm",
    "reauthenticate": "accounts.person.factors.ConfirmByCodeForm",
    "login_webauthn": "accounts.person.passkeys.SignInByPasskeyForm",
    "authenticate_webauthn": "accounts.person.passkeys.SecondStepByPasskeyForm",
    "reauthenticate_webauthn": "accounts.person.passkeys.ConfirmByPasskeyForm",
    "add_webauthn": "accounts.person.passkeys.AddPasskeyForm",
}
PASSWORD_RESET_TIMEOUT = 60 * 60
TRUSTED_PROXIES = envint("TRUSTED_PROXIES", 0)

# Mail
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = envstr("EMAIL_HOST")
# A try-out without a mail server keeps its mails as files, never in a log: with one of them anybody signs in.
MAILS_DIR = VAR_DIR / "mails" if EMBEDDED and not EMAIL_HOST else None
if MAILS_DIR:
    EMAIL_BACKEND = "web.mails.FileBackend"
EMAIL_PORT = envint("EMAIL_PORT", 587)
EMAIL_HOST_USER = envstr("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = envsecret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = envbool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = envstr("DEFAULT_FROM_EMAIL", "BackFuture AI <no-reply@localhost>")

# Security
SESSION_ENGINE = "accounts.person.sessions"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "web.messages.Storage"
# The cookie ends with the browser; how long a session lasts at most is in accounts/person/sessions.py.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^signals/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "web.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DEFAULT_EXCEPTION_REPORTER_FILTER = "web.reporting.NothingPrivate"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "accelerometer", "gyroscope")
}

# Pages and files
# Another language: docs/translating.md.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "web.formats"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = envstr("STATIC_ROOT", str(VAR_DIR / "static"))
WHITENOISE_USE_FINDERS = EMBEDDED
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Broker: a wake-up call only; the database is the truth (docs/decisions/0002)
VALKEY_SOCKET = socket_path(VAR_DIR)
REDIS_URL = envsecret("REDIS_URL") or (f"redis+socket://{quote(str(VALKEY_SOCKET))}" if EMBEDDED else "")

# Vault: the public key seals (web); the private keys open (workers only)
VAULT_PUBLIC_KEY_FILE = envstr("VAULT_PUBLIC_KEY_FILE", str(KEYS_DIR / "vault.pub") if EMBEDDED else "")
VAULT_PRIVATE_KEYS_DIR = envstr("VAULT_PRIVATE_KEYS_DIR", str(KEYS_DIR / "vault") if EMBEDDED else "")
# Push services of browsers know us by it: browsers are told the public half, workers sign with the private one
PUSH_PUBLIC_KEY_FILE = envstr("PUSH_PUBLIC_KEY_FILE", str(KEYS_DIR / "push.pub") if EMBEDDED else "")
PUSH_PRIVATE_KEY_FILE = envstr("PUSH_PRIVATE_KEY_FILE", str(KEYS_DIR / "push.key") if EMBEDDED else "")
if not envbool("OPENS_KEYS", True):
    VAULT_PRIVATE_KEYS_DIR = PUSH_PRIVATE_KEY_FILE = ""

# How fast one worker opens keys: what is above it is no bot's (an alarm from half of it on; orders are never refused)
KEY_OPENINGS_PER_SECOND = envint("KEY_OPENINGS_PER_SECOND", 100)
KEY_OPENINGS_AT_ONCE = envint("KEY_OPENINGS_AT_ONCE", 3000)

# The audit trail's newest links go here every few minutes: outside the database, on another disk if there is one
AUDIT_ANCHOR_FILE = envstr("AUDIT_ANCHOR_FILE", str(VAR_DIR / "audit-anchor.jsonl") if EMBEDDED else "")

# Who bears it reads /metrics; without one nobody does, but from the same machine in a try-out
METRICS_TOKEN = envsecret("METRICS_TOKEN")

# Backups: sealed to this public key; the private one belongs elsewhere (docs/backups.md)
BACKUPS_DIR = envstr("BACKUPS_DIR", str(VAR_DIR / "backups") if EMBEDDED else "")
BACKUP_PUBLIC_KEY_FILE = envstr("BACKUP_PUBLIC_KEY_FILE", str(KEYS_DIR / "backup.pub") if EMBEDDED else "")
BACKUPS_KEPT_DAYS = envint("BACKUPS_KEPT_DAYS", 30)
BACKUP_KEYS_KEPT_DAYS = envint("BACKUP_KEYS_KEPT_DAYS", 7)

# What had its time is deleted after so many days; groups, orders and fills never are (docs/configuration.md)
JOURNAL_KEPT_DAYS = envint("JOURNAL_KEPT_DAYS", 180)
CHECKS_KEPT_DAYS = envint("CHECKS_KEPT_DAYS", 90)
SIGNALS_KEPT_DAYS = envint("SIGNALS_KEPT_DAYS", 30)
PAIRS_KEPT_DAYS = envint("PAIRS_KEPT_DAYS", 30)

# Exchanges: base URLs never come from a user
PRACTICE_URL = envstr("PRACTICE_URL", "http://127.0.0.1:8100" if EMBEDDED else "").rstrip("/")
# What its control asks of others than this machine: keys of one's own and stories for prices are asked for there
PRACTICE_TOKEN = envsecret("PRACTICE_TOKEN")
EXCHANGE_URLS = envurls("EXCHANGE_URLS")
SERVER_IPS = envips("SERVER_IPS")
PRACTICE_SERVER_IPS = envips("PRACTICE_SERVER_IPS") or ("127.0.0.1",)
# All processes that name it alike keep to the limits that exchanges set for one address together.
EGRESS = envstr("EGRESS", "") or "ours"
REQUIRE_IP_LIST = frozenset(envlist("REQUIRE_IP_LIST"))
REFUSE_TRANSFER_RIGHTS = envbool("REFUSE_TRANSFER_RIGHTS", False)

# The check: these times must stay in this order (tests/connections/test_times.py)
CHECK_DEADLINE = timedelta(seconds=15)
CHECK_LEASE = timedelta(seconds=6)  # renewed while the worker lives
CHECK_REISSUES = 2  # three workers in all; then it is told unfinished
PASS_LIFETIME = timedelta(hours=24)
CHECK_INTERVAL = timedelta(seconds=envint("CHECK_INTERVAL_SECONDS", 300))
CHECKS_PER_MINUTE = 5
# What one trader may have, and ask for in a minute: told on the pages before it is reached.
CONNECTIONS_PER_USER = envint("CONNECTIONS_PER_USER", 100)
BOTS_PER_USER = envint("BOTS_PER_USER", 200)
CHECKS_PER_USER = envint("CHECKS_PER_USER", 60)
SIGNALS_PER_USER = envint("SIGNALS_PER_USER", 600)
# An order that no answer told of counts as never arrived only when it is looked up in vain later than this: above the
# desk's deadline and the exchanges' receive windows (5 s).
ORDER_ABSENT_AFTER = timedelta(seconds=envint("ORDER_ABSENT_AFTER_SECONDS", 20))
# How long a worker has a bot or an exchange's feed to itself; a dead one's are taken over after it. Above the desk's
# deadline of a public question (5 s) and what the database grants a transaction that stands still (6 s); with the next
# tick (1 s), the next look at prices (0.7 s) and the look itself below ten seconds (tests/connections/test_times.py).
TRADING_LEASE = timedelta(seconds=envint("TRADING_LEASE_SECONDS", 7))
# What happens to bots when a connection stops being Online, and when it is again: called inside the same transaction.
WHEN_NOT_ONLINE = ("strategies.halts.halt",)
WHEN_ONLINE_AGAIN = ("strategies.bots.flows.go_on",)
# What ends when somebody proves the mailbox of an account that was used before, inside the same transaction.
WHEN_CLAIMED = (
    "strategies.signals.inbox.end_addresses",
    "connections.flows.delete_all",
    "messaging.flows.forget_channels",
)
# Who is told that an account was taken back by its owner: called inside the same transaction.
WHEN_UNDONE = ("strategies.signals.inbox.end_addresses", "messaging.flows.forget_channels")
# And when its address has another account by now, so that for a while nobody could stop what goes on.
WHEN_NOBODY_GETS_IN = ("strategies.stops.flows.hold_entries",)
# What a mail says while it waits: sealed by the web, opened by the worker that sends it, which may fail like this.
MAIL_SEALER = "connections.secrets.mails.seal_mail"
MAIL_OPENER = "connections.secrets.opened_mails.open_mail"
MAIL_TROUBLE = "connections.secrets.vault.VaultError"
# What opens a channel for messages, likewise.
CHANNEL_SEALER = "connections.secrets.channels.seal_channel"
CHANNEL_OPENER = "connections.secrets.opened_channels.open_channel"
# The servers of ntfy that messages may be sent to, the first by itself; others are never reached.
NTFY_SERVERS = envlist("NTFY_SERVERS") or ["https://ntfy.sh"]
# What ends when the password, or the address that somebody signs in with, has changed.
WHEN_WAY_IN_CHANGED = ("strategies.signals.inbox.end_addresses",)
# What needs a second factor now says so, before somebody removes the last one.
LAST_FACTOR_NEEDED_BY = ("strategies.bots.flows.needs_factor",)
# What is said of an act before it goes on that waited for a fresh sign-in, by the name of its route.
TOLD_BEFORE_GOING_ON = ("accounts.fresh.told.TELLERS", "strategies.pages.told.TELLERS")
# What somebody takes along, and what they are told before the account is closed.
EXPORTED = (
    "accounts.person.leaving.rows_of",
    "messaging.owned.rows_of",
    "connections.hooks.rows_of",
    "strategies.models.owned.rows_of",
)
LEFT_BY_LEAVING = ("connections.hooks.left_by_leaving",)
# What a trader is told before a connection is deleted.
LEFT_BY_DELETING = ("strategies.stops.flows.left_by_deleting",)
# What keeps a key that was good from being destroyed at once when it can withdraw.
KEY_NEEDED_BY = ("strategies.stops.flows.needs_key",)
# What things are called that the audit trail names by their ids.
NAMED_IN_THE_TRAIL = ("connections.names.names_in_the_trail", "strategies.halts.names_in_the_trail")
