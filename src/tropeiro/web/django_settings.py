"""Django's settings, made from one `Config`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tropeiro.config import Config
from tropeiro.web.account_settings import account_settings

HERE = Path(__file__).parent
APPS = (
    "accounts",
    "projects",
    "services",
    "workflows",
    "sharing",
    "credentials",
    "jobs",
    "editing",
    "logs",
    "triggers",
    "analytics",
    "audit",
    "demo",
    "tokens",
    "api",
)
YEAR = 365 * 24 * 3600

# Styles and scripts come from our own files alone; forms and frames go nowhere else. Attributes may style: charts and
# diagrams place what they draw.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def settings_for(config: Config, *, serving: bool = False) -> dict[str, Any]:
    """The settings by name. ``serving`` keeps a pool of connections, which a process that ends soon has no use for."""
    public = urlsplit(config.public_url)
    https = public.scheme == "https"
    return {
        "SECRET_KEY": config.secret_key,
        "DEBUG": config.debug,
        "ALLOWED_HOSTS": _allowed_hosts(config),
        "CSRF_TRUSTED_ORIGINS": [f"{public.scheme}://{public.netloc}"],
        "ROOT_URLCONF": "tropeiro.web.urls",
        "ASGI_APPLICATION": "tropeiro.web.asgi.application",
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            *(f"tropeiro.web.{app}" for app in APPS),
            # Its templates are found before the ones that libraries bring.
            "tropeiro.web.screens",
            "allauth",
            "allauth.account",
            "allauth.mfa",
            "allauth.usersessions",
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "tropeiro.web.screens.headers.security_headers",
            "tropeiro.web.screens.static.StaticFiles",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "tropeiro.web.screens.preferred.preferred",
            "tropeiro.web.screens.seen.seen",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "tropeiro.web.screens.problems.answer_errors",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.messages.context_processors.messages",
                        "tropeiro.web.screens.frame.frame",
                    ],
                },
            }
        ],
        "DATABASES": {"default": database_settings(config.database_url, serving=serving)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "TROPEIRO": config,
        **account_settings(config),
        **_security(https),
        **_languages(),
        **_static(config),
        "LOGGING_CONFIG": None,
    }


def database_settings(url: str, *, serving: bool = False) -> dict[str, Any]:
    """Django's entry for the database that ``url`` names. An empty URL gives one that cannot be connected to."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {name: query[name] for name in query if name not in ("host", "port")}
    if serving:
        # Every request runs on a thread of its own, so connections that a thread keeps would never be used again.
        options["pool"] = {"min_size": 1, "max_size": 16, "timeout": 10, "max_idle": 120}
        # Concerns only `prepared.prepared_cursor`; other cursors cannot prepare.
        options["prepare_threshold"] = 0
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")) or "tropeiro",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or query.get("port", "")),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {"application_name": "tropeiro web", "connect_timeout": 10, **options},
        "TIME_ZONE": None,
    }


def _allowed_hosts(config: Config) -> list[str]:
    public = urlsplit(config.public_url).hostname or ""
    local = ["localhost", "127.0.0.1", "[::1]"]
    return sorted({public if ":" not in public else f"[{public}]", *local} - {""})


def _security(https: bool) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_NAME": "__Host-tropeiro" if https else "tropeiro",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": "__Host-tropeiro-csrf" if https else "tropeiro-csrf",
        "CSRF_COOKIE_SECURE": https,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "LANGUAGE_COOKIE_NAME": "tropeiro-language",
        "LANGUAGE_COOKIE_SECURE": https,
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "LANGUAGE_COOKIE_AGE": YEAR,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if https else None,
        "SECURE_HSTS_SECONDS": YEAR if https else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": False,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        "CSRF_FAILURE_VIEW": "tropeiro.web.screens.problems.csrf_failure",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2 * 1024 * 1024,
    }


def _languages() -> dict[str, Any]:
    return {
        "USE_I18N": True,
        "LANGUAGE_CODE": "en",
        "LANGUAGES": [("en", "English"), ("pt-br", "Português (Brasil)")],
        "LOCALE_PATHS": [HERE / "locale"],
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
    }


def _static(config: Config) -> dict[str, Any]:
    return {
        "STATIC_URL": "/static/",
        "STATICFILES_DIRS": [HERE / "static"],
        "STORAGES": {"staticfiles": {"BACKEND": "tropeiro.web.screens.static.DigestStorage"}},
        "WHITENOISE_USE_FINDERS": True,
        # Nothing is read at the start: `StaticFiles` looks at a file when it is asked for, and anew when it changed.
        "WHITENOISE_AUTOREFRESH": True,
        # Addresses carry a digest of the content, so a file never changes under its address.
        "WHITENOISE_MAX_AGE": 0 if config.debug else YEAR,
    }
