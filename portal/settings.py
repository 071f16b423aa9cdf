"""All settings, from the environment. `.env.example` names every variable."""

import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from portal.env import Env

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = Env()

# The demo and the embedded servers write what they listen on into their data folder; any other
# command given the same SLUICE_DATA reaches them. The real environment always wins.
DATA_DIR = Path(env.str("SLUICE_DATA", default=str(BASE_DIR / ".sluice"))).resolve()
if (DATA_DIR / "env").is_file():
    env.read_env(DATA_DIR / "env")
ENV_FILE = Path(env.str("SLUICE_ENV_FILE", default=str(BASE_DIR / ".env")))
if ENV_FILE.is_file():
    env.read_env(ENV_FILE)

# --- the web -----------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# Without SECRET_KEY sessions end with the process; portal.checks makes that an error in production.
SECRET_KEY_IS_SET = bool(env.str("SECRET_KEY", default=""))
SECRET_KEY = env.str("SECRET_KEY", default="") or get_random_secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ENVIRONMENT_LABEL = env.str("ENVIRONMENT_LABEL", default="")

HTTPS = env.bool("HTTPS", default=BASE_URL.startswith("https://"))
SECURE_SSL_REDIRECT = False  # TLS ends at the proxy, which also redirects
if env.bool("BEHIND_TLS_PROXY", default=HTTPS):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_ENGINE = "portal.accounts.session_store"
#: A session ends after so long without use, and after so long whatever happens.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=15)
SESSION_HOURS = env.int("SESSION_HOURS", default=8)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
X_FRAME_OPTIONS = "DENY"
FILE_UPLOAD_HANDLERS = [
    "portal.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # the TLS proxy redirects, see SECURE_SSL_REDIRECT

#: How many proxies in front of us may be believed about the caller's address.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

INSTALLED_APPS = [
    "portal",
    "provisioning",
    "audit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_rq",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
]

MIDDLEWARE = [
    "portal.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.session_limits",
    "portal.middleware.access",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
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
                "portal.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "portal.forms.rendering.Renderer"

# Chromium holds the redirects that follow a form to `form-action` too: signing in leads to Okta.
OIDC_ORIGINS = env.list(
    "OIDC_ORIGINS",
    default=[env.str("OIDC_ISSUER", default="") or env.str("OKTA_ORG_URL", default="")]
    if env.str("OIDC_CLIENT_ID", default="")
    else [],
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *OIDC_ORIGINS],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Names with a hash, which browsers may keep, and compressed files: while these are made, and then.
_HASHED = (STATIC_ROOT / "staticfiles.json").is_file() or sys.argv[1:2] == ["collectstatic"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str(
            "STATICFILES_STORAGE",
            default="whitenoise.storage.CompressedManifestStaticFilesStorage"
            if _HASHED
            else "django.contrib.staticfiles.storage.StaticFilesStorage",
        )
    },
}
WHITENOISE_USE_FINDERS = not _HASHED

# --- who -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.AccountBackend"]
#: Local accounts need a second factor, and set one up before anything else.
REQUIRE_MFA = env.bool("REQUIRE_MFA", default=not DEBUG)
#: Who is mailed at once when an account is used that is kept for emergencies.
BREAK_GLASS_ALARM_TO = env.list("BREAK_GLASS_ALARM_TO", default=[])
# Signing in with Okta; without a client id there are local accounts only.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")  # else OKTA_ORG_URL
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
#: `okta group:role,okta group:role`
OIDC_GROUP_ROLES = env.str("OIDC_GROUP_ROLES", default="")
# Of allauth only the parts that portal.accounts calls are used; none of its pages is mounted.
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "portal.accounts.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "portal.accounts.okta_adapter.OktaAccountAdapter"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- data ----------------------------------------------------------------------------------------
# Web, worker and clock connect as a role that owns nothing; migrations run as the owner.
DATABASE_URL = env.str("DATABASE_URL", default="postgresql://sluice_app@127.0.0.1:5432/sluice")
MIGRATION_DATABASE_URL = env.str("MIGRATION_DATABASE_URL", default="")
_CONNECTION = {
    "connect_timeout": 5,
    "application_name": "sluice",
    "options": "-c idle_in_transaction_session_timeout=30s -c lock_timeout=20s",
}


def _database(url: str) -> dict[str, object]:
    """A connection that is kept; what stands behind the URL's `?`, such as sslmode, is kept too."""
    found = env.db_url_config(url)
    options = {**_CONNECTION, **found.get("OPTIONS", {})}
    return {**found, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


DATABASES = {"default": _database(DATABASE_URL)}
if MIGRATION_DATABASE_URL:
    DATABASES["owner"] = _database(MIGRATION_DATABASE_URL)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
RQ_QUEUES = {
    "sluice": {
        "URL": REDIS_URL,
        "SERIALIZER": "provisioning.queueing.JsonSerializer",
        "REDIS_CLIENT_KWARGS": {"socket_connect_timeout": 0.5, "socket_timeout": 2},
    }
}
RQ = {"JOB_CLASS": "provisioning.queueing.AllowListedJob"}

# --- Okta in -------------------------------------------------------------------------------------
#: `label:secret,label:secret`; several at once make rotation possible.
OKTA_HOOK_SECRETS = env.str("OKTA_HOOK_SECRETS", default="")
OKTA_HOOK_OPEN_VERIFICATION = env.bool("OKTA_HOOK_OPEN_VERIFICATION", default=False)
OKTA_HOOK_MAX_BYTES = env.int("OKTA_HOOK_MAX_BYTES", default=5 * 1024 * 1024)
OKTA_ORG_URL = env.str("OKTA_ORG_URL", default="")
OKTA_API_TOKEN = env.str("OKTA_API_TOKEN", default="")
OKTA_CLIENT_ID = env.str("OKTA_CLIENT_ID", default="")
OKTA_PRIVATE_KEY = env.str("OKTA_PRIVATE_KEY", default="")
OKTA_SCOPES = env.list("OKTA_SCOPES", default=["okta.users.read", "okta.groups.read"])
#: Plain HTTP to Okta is refused unless this is set; only a stand-in on loopback needs it.
OKTA_ALLOW_HTTP = env.bool("OKTA_ALLOW_HTTP", default=False)

# --- targets out ---------------------------------------------------------------------------------
AWS_REGION = env.str("AWS_REGION", default="us-east-1")
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", default="")
AWS_ROLE_ARN = env.str("AWS_ROLE_ARN", default="")
AWS_EXTERNAL_ID = env.str("AWS_EXTERNAL_ID", default="")
SLACK_BASE_URL = env.str("SLACK_BASE_URL", default="https://slack.com/api/")
SLACK_BOT_TOKEN = env.str("SLACK_BOT_TOKEN", default="")
vars().update(env.email_url("EMAIL_URL", default="smtp://127.0.0.1:25"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="sluice@localhost")

# --- people told ---------------------------------------------------------------------------------
NOTIFY_SLACK_CHANNEL = env.str("NOTIFY_SLACK_CHANNEL", default="")
NOTIFY_EMAILS = env.list("NOTIFY_EMAILS", default=[])

# --- engine --------------------------------------------------------------------------------------
LEASE_SECONDS = env.int("LEASE_SECONDS", default=60)
RETRY_FOR_HOURS = env.int("RETRY_FOR_HOURS", default=24)
PLAN_NEEDS_APPROVAL_ABOVE = env.int("PLAN_NEEDS_APPROVAL_ABOVE", default=25)
PLAN_LOOKS_PER_SECOND = env.int("PLAN_LOOKS_PER_SECOND", default=20)
PLAN_MOST_LOOKS = env.int("PLAN_MOST_LOOKS", default=2_000)
#: For rules that say nothing of it: more runs, or more steps that take something away, of one rule
#: in an hour wait for people; 0 for no limit.
DEFAULT_LIMIT_RUNS = env.int("DEFAULT_LIMIT_RUNS", default=500)
DEFAULT_LIMIT_REVOKES = env.int("DEFAULT_LIMIT_REVOKES", default=25)
#: Whose review stands for a second person: what may publish rules that were reviewed elsewhere.
RULES_PUBLISHER = env.str("RULES_PUBLISHER", default="")
#: Failpoints stop a process at a named place; only tests set this.
FAILPOINTS_ALLOWED = env.bool("FAILPOINTS_ALLOWED", default=False)

# --- text ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
_CHATTY = ("rq", "okta-sdk-python", "botocore", "boto3", "urllib3", "mail.log", "asyncio")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "filters": {"one_line": {"()": "portal.logs.OneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # Job descriptions and library chatter may hold more than an id. Whoever calls us by another
    # name is not worth forty lines each time.
    "loggers": {
        "django.security.DisallowedHost": {"filters": ["one_line"]},
        **{name: {"level": "WARNING"} for name in _CHATTY},
    },
}
