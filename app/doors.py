"""From `[api]` and `[oidc]` to who may come in; the secret that signs cookies is made at the first start."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from api.identity.doors import DoorSettings, OidcSettings
from api.loopback import is_loopback_address
from app.settings import Settings
from domain.errors import ConfigError

SECRET_BYTES = 32


def door_settings(settings: Settings) -> DoorSettings:
    """Raises ConfigError for a secret that cannot be kept or read, or an incomplete `[oidc]`."""
    return DoorSettings(
        secret=kept_secret(Path(settings.api.secret_file)),
        visitors=settings.api.visitors,
        names=settings.api.names,
        secure=settings.api.secure,
        session_hours=settings.api.session_hours,
        per_minute=settings.api.requests_per_minute,
        public=(settings.api.public or "").rstrip("/"),
        oidc=oidc_settings(settings),
    )


def kept_secret(file: Path) -> bytes:
    """The secret of this installation: read, or made with 256 bits of chance and readable by its owner only."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    except OSError as error:
        raise ConfigError(
            f"[api] secret_file: expected a file that can be made, got {file}: {error.strerror}"
        ) from None
    with os.fdopen(made, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(SECRET_BYTES) + "\n")
    return _read(file)


def _read(file: Path) -> bytes:
    try:
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"[api] secret_file: expected a readable text file, got {file}: {error}") from None
    if len(text) < SECRET_BYTES:
        raise ConfigError(f"[api] secret_file: expected at least {SECRET_BYTES} characters, got {len(text)} in {file}")
    return text.encode()


def oidc_settings(settings: Settings) -> OidcSettings:
    """The outside sign-in; without an issuer there is none."""
    section = settings.oidc
    if section.issuer is None:
        return OidcSettings()
    if section.client_id is None or section.client_secret_file is None or settings.api.public is None:
        raise ConfigError("[oidc]: expected client_id and client_secret_file, and public under [api], with an issuer")
    if not _is_private(section.issuer):
        raise ConfigError(f'[oidc] issuer: expected an address with https, got "{section.issuer}"')
    file = settings.file.parent / section.client_secret_file
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"[oidc] client_secret_file: expected a readable text file, got {file}: {error}") from None
    return OidcSettings(section.issuer.rstrip("/"), section.client_id, secret, section.claim)


def _is_private(issuer: str) -> bool:
    """Whether nobody on the way can answer in the provider's place: TLS, or a provider on this very machine."""
    address = urlsplit(issuer)
    return address.scheme == "https" or (address.scheme == "http" and is_loopback_address(address.hostname or ""))
