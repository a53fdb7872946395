"""Settings of who may come in: the secret that signs cookies, whether visitors may look, served names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """`[oidc]` of config.toml: signing in with an outside identity provider (OpenID Connect Core 1.0).

    `claim` names the account; `issuer` "" switches it off.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    claim: str = "preferred_username"


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """How people and programs come in.

    `secret` signs session cookies; `visitors`: whoever sits at this machine may look without an account;
    `names`: host names that are served besides loopback ones; `secure`: cookies only over TLS;
    `public`: the address at which a browser reaches this server, for an outside sign-in.
    """

    secret: bytes
    visitors: bool = False
    names: tuple[str, ...] = ()
    secure: bool = False
    session_hours: float = 12.0
    per_minute: int = 600
    public: str = ""
    oidc: OidcSettings = OidcSettings()
