"""The environment, read once into one frozen object.

Nothing below ``cli`` and ``wiring`` looks at environment variables; it is given a `Config`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tropeiro.kernel.errors import InvalidInput

DEFAULT_PORT = 8420
DEFAULT_CONCURRENCY = 64
DEFAULT_PROCESSES = 8
DEFAULT_LEASE_SECONDS = 15
DEFAULT_RETENTION_DAYS = 90
DEFAULT_API_RATE = 50

_DATABASE_SCHEMES = ("postgresql", "postgres")
_HOST = re.compile(r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_*.-]+)(:\d{1,5})?$")
_SENDER = re.compile(r"^(?:[^<>@\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$")
_FERNET_KEY = re.compile(r"^[A-Za-z0-9_-]{43}=$")


class ConfigInvalid(InvalidInput):
    """An environment variable cannot be used."""

    code = "config_invalid"

    def __init__(self, variable: str, value: str, problem: str, hint: str) -> None:
        self.variable = variable
        shown = f" is {value!r}" if value else ""
        super().__init__(f"{variable}{shown}: {problem}", hint=hint, details={"variable": variable})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the surroundings decide. Secrets are left out of its ``repr``."""

    data: Path
    """The data folder, absolute."""
    database_url: str = ""
    """``postgresql://…``; empty means the embedded server in the data folder."""
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    public_url: str = f"http://127.0.0.1:{DEFAULT_PORT}"
    """How others reach the console, without a slash at its end."""
    secret_key: str = ""
    """Signs sessions; empty until the data folder has filled it in."""
    master_keys: tuple[str, ...] = ()
    """Fernet keys that wrap the data keys, newest first; empty until the data folder has filled them in."""
    blobs: str = ""
    """fsspec URL of the blob store."""
    workers: int = 0
    """Worker processes that ``tropeiro up`` starts; 0 means one for each core."""
    concurrency: int = DEFAULT_CONCURRENCY
    """Steps that one worker process runs at a time."""
    processes: int = DEFAULT_PROCESSES
    """Processes for blocking Python services that one worker process keeps at most."""
    lease_seconds: int = DEFAULT_LEASE_SECONDS
    """After so long without a sign of life, a worker's packets go to others."""
    retention_days: int = DEFAULT_RETENTION_DAYS
    """How long the history of jobs is kept."""
    allowed_private_hosts: tuple[str, ...] = ()
    """``host`` or ``host:port`` that services may call although the address is private."""
    ga_endpoint: str = ""
    """URL of the Google Analytics emulator; empty means Google's own."""
    smtp_url: str = ""
    """``smtp://user:password@host:587`` or ``smtps://…``; empty means that mails are files in the data folder."""
    mail_from: str = ""
    """Whom mails come from; empty means ``tropeiro@`` the host of ``public_url``."""
    signup: bool = False
    """Whether anybody may sign up. Invitations work either way."""
    api_rate: int = DEFAULT_API_RATE
    """Requests a second that one API token may send in the long run, and ten times as many at once; 0 is no limit."""
    debug: bool = False
    """Show tracebacks. For developers."""

    @property
    def embedded(self) -> bool:
        """Whether the database is the one in the data folder."""
        return not self.database_url

    def __repr__(self) -> str:
        return f"Config(data={str(self.data)!r}, host={self.host!r}, port={self.port}, embedded={self.embedded})"


def checkout_of(module: Path) -> Path | None:
    """The checkout that ``module`` (a file of this package) runs from, or ``None`` when it was installed."""
    root = module.resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() and module.resolve().parents[1].name == "src" else None


CHECKOUT = checkout_of(Path(__file__))


def load(environ: Mapping[str, str], *, checkout: Path | None = CHECKOUT) -> Config:
    """The configuration that ``environ`` describes. An empty variable counts as not set.

    ``checkout`` is where the source tree is when Tropeiro runs from one. Raises `ConfigInvalid`.
    """
    data = _data(environ, checkout)
    host = environ.get("TROPEIRO_HOST", "") or "127.0.0.1"
    port = _integer(environ, "TROPEIRO_PORT", DEFAULT_PORT, 0, 65_535)
    return Config(
        data=data,
        database_url=_database_url(environ),
        host=host,
        port=port,
        public_url=_url(environ, "TROPEIRO_PUBLIC_URL") or _local_url(host, port),
        secret_key=_secret_key(environ),
        master_keys=_master_keys(environ),
        blobs=_blobs(environ, data),
        workers=_integer(environ, "TROPEIRO_WORKERS", 0, 0, 512),
        concurrency=_integer(environ, "TROPEIRO_CONCURRENCY", DEFAULT_CONCURRENCY, 1, 10_000),
        processes=_integer(environ, "TROPEIRO_PROCESSES", DEFAULT_PROCESSES, 1, 1_000),
        lease_seconds=_integer(environ, "TROPEIRO_LEASE_SECONDS", DEFAULT_LEASE_SECONDS, 2, 3_600),
        retention_days=_integer(environ, "TROPEIRO_RETENTION_DAYS", DEFAULT_RETENTION_DAYS, 7, 36_500),
        allowed_private_hosts=_hosts(environ),
        ga_endpoint=_url(environ, "TROPEIRO_GA_ENDPOINT"),
        smtp_url=_smtp_url(environ),
        mail_from=_mail_from(environ),
        signup=_signup(environ),
        api_rate=_integer(environ, "TROPEIRO_API_RATE", DEFAULT_API_RATE, 0, 100_000),
        debug=environ.get("TROPEIRO_DEBUG", "") not in ("", "0"),
    )


def _data(environ: Mapping[str, str], checkout: Path | None) -> Path:
    chosen = environ.get("TROPEIRO_DATA", "")
    if "\0" in chosen:
        raise ConfigInvalid("TROPEIRO_DATA", chosen, "a path has no null character", "Name a folder.")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if checkout is not None:
        return checkout / ".tropeiro"
    shared = environ.get("XDG_DATA_HOME", "")
    # The XDG base directory specification says that a relative path here is to be ignored.
    base = Path(shared) if shared.startswith("/") else Path("~/.local/share").expanduser()
    return base.absolute() / "tropeiro"


def _database_url(environ: Mapping[str, str]) -> str:
    url = environ.get("DATABASE_URL", "")
    if url and urlsplit(url).scheme not in _DATABASE_SCHEMES:
        # The value may hold a password, so it is not repeated.
        raise ConfigInvalid(
            "DATABASE_URL",
            "",
            "it does not name a PostgreSQL database",
            "Write postgresql://user:password@host:5432/name, or unset it to use the embedded database.",
        )
    return url


def _integer(environ: Mapping[str, str], variable: str, default: int, low: int, high: int) -> int:
    text = environ.get(variable, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise ConfigInvalid(variable, text, f"expected a whole number from {low} to {high}", f"Set {variable} to one.")
    return int(text)


def _url(environ: Mapping[str, str], variable: str) -> str:
    text = environ.get(variable, "").rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as problem:
        raise ConfigInvalid(variable, text, str(problem), "Write http://host:port or https://host.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigInvalid(variable, text, "expected an http or https URL", "Write http://host:port or https://host.")
    return text


def _local_url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"http://{f'[{shown}]' if ':' in shown and not shown.startswith('[') else shown}:{port}"


def _secret_key(environ: Mapping[str, str]) -> str:
    text = environ.get("TROPEIRO_SECRET_KEY", "")
    if text and len(text) < 32:
        raise ConfigInvalid(
            "TROPEIRO_SECRET_KEY",
            "",
            f"it has {len(text)} characters, 32 is the least that is safe",
            "Use a long random text, or unset it: one is generated into the data folder.",
        )
    return text


def _master_keys(environ: Mapping[str, str]) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in environ.get("TROPEIRO_MASTER_KEYS", "").split(",") if key.strip())
    for place, key in enumerate(keys, start=1):
        if not _FERNET_KEY.match(key):
            raise ConfigInvalid(
                "TROPEIRO_MASTER_KEYS",
                "",
                f"key {place} of {len(keys)} is not a Fernet key (44 characters of URL-safe base64)",
                "Make one with: python -c 'from cryptography.fernet import Fernet; "
                "print(Fernet.generate_key().decode())'",
            )
    return keys


def _blobs(environ: Mapping[str, str], data: Path) -> str:
    text = environ.get("TROPEIRO_BLOBS", "")
    if not text:
        return f"file://{data / 'blobs'}"
    if "://" not in text:
        raise ConfigInvalid(
            "TROPEIRO_BLOBS", text, "expected a URL", "Write file:///folder, s3://bucket/prefix, gs://… or abfs://…."
        )
    return text.rstrip("/")


def _smtp_url(environ: Mapping[str, str]) -> str:
    text = environ.get("TROPEIRO_SMTP_URL", "")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        # The value may hold a password, so it is not repeated.
        raise ConfigInvalid(
            "TROPEIRO_SMTP_URL",
            "",
            "it does not name a mail server",
            "Write smtp://user:password@host:587 (STARTTLS), smtps://user:password@host:465, "
            "or smtp://host:25?starttls=no for a server on this machine.",
        )
    return text


def _mail_from(environ: Mapping[str, str]) -> str:
    text = environ.get("TROPEIRO_MAIL_FROM", "").strip()
    if text and not _SENDER.match(text):
        raise ConfigInvalid(
            "TROPEIRO_MAIL_FROM", text, "it is no address", "For example: Tropeiro <tropeiro@example.org>"
        )
    return text


def _signup(environ: Mapping[str, str]) -> bool:
    text = environ.get("TROPEIRO_SIGNUP", "")
    if text not in ("", "open", "closed"):
        raise ConfigInvalid("TROPEIRO_SIGNUP", text, "expected open or closed", "Set it to open or to closed.")
    return text == "open"


def _hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    hosts = tuple(host.strip() for host in environ.get("TROPEIRO_ALLOWED_PRIVATE_HOSTS", "").split(",") if host.strip())
    for host in hosts:
        if not _HOST.match(host):
            raise ConfigInvalid(
                "TROPEIRO_ALLOWED_PRIVATE_HOSTS",
                host,
                "expected host or host:port, separated by commas",
                "For example: 127.0.0.1:9100,files.internal",
            )
    return hosts
