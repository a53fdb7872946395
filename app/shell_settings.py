"""Sections of config.toml that belong to the application itself: workers, api, oidc, log. Others:
`app.schedule_settings`, `app.notify_settings`.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.logs import LogFormat

MOST_WORKERS = 256


class WorkerKind(StrEnum):
    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`[workers]`: `count` 0 means one per processor; `scheduler` is the address of a Dask cluster.

    `host`: where `bwc worker` listens, else the address of this machine from which it reaches the scheduler.
    `tls_ca`, `tls_cert`, `tls_key`: PEM files that both ends of every connection prove themselves by.
    `patience_seconds`: how long a scan waits for workers that are not there.
    """

    kind: WorkerKind = WorkerKind.PROCESSES
    count: int = 0
    scheduler: str | None = None
    host: str | None = None
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    patience_seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.count > MOST_WORKERS:
            raise ValueError(f"count: expected at most {MOST_WORKERS}, got {self.count}")
        scheme = (self.scheduler or "tcp://").partition("://")[0]
        if scheme not in ("tcp", "tls"):
            raise ValueError(f'scheduler: expected "tcp://HOST:PORT" or "tls://HOST:PORT", got "{self.scheduler}"')
        given = [one is not None for one in self.tls_files]
        if any(given) and not all(given):
            raise ValueError("tls_ca, tls_cert and tls_key: expected all three or none of them")
        if self.scheduler and (scheme == "tls") != all(given):
            raise ValueError(
                "tls_ca, tls_cert and tls_key: expected with a scheduler at tls:// and with no other, "
                f"got {self.scheduler} {'with' if all(given) else 'without'} them"
            )

    @property
    def tls_files(self) -> tuple[str | None, str | None, str | None]:
        """Certificate of the authority, our certificate, its key."""
        return self.tls_ca, self.tls_cert, self.tls_key


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """`[api]`: port 0 takes any free one.

    `visitors`: who sits at this machine may look without an account; `names`: host names that are served besides
    loopback ones; `secure`: cookies over TLS only; `public`: the address in a browser, for an outside sign-in;
    `proxies`: addresses of machines in front that are believed when they say for whom they ask.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    visitors: bool = False
    names: tuple[str, ...] = ()
    secure: bool = False
    session_hours: float = 12.0
    requests_per_minute: int = 600
    secret_file: str = "var/secret.key"  # noqa: S105 (a file name)
    public: str | None = None
    proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.session_hours <= 24 * 30:
            raise ValueError(f"session_hours: expected more than 0 and at most 720, got {self.session_hours:g}")
        if self.requests_per_minute < 1:
            raise ValueError(f"requests_per_minute: expected at least 1, got {self.requests_per_minute}")


@dataclass(frozen=True, slots=True)
class OidcSection:
    """`[oidc]`: an outside identity provider (OpenID Connect); without an issuer there is none."""

    issuer: str | None = None
    client_id: str | None = None
    client_secret_file: str | None = None
    claim: str = "preferred_username"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`[log]`: what `bwc run` and `bwc scan` write to stderr."""

    format: LogFormat = LogFormat.LINES
