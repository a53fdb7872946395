"""Talking with an outside identity provider: OpenID Connect Core 1.0, code flow with PKCE (RFC 7636), state and nonce.

The ID token is believed only when its signature fits a key of the provider, and issuer, audience, nonce and times are
right (section 3.1.3.7).
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.identity.doors import OidcSettings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""With a key pair only: a shared secret, or none, proves nothing here."""
WELL_KNOWN = "/.well-known/openid-configuration"
TIMEOUT_S, LEEWAY_S = 10.0, 60
LARGEST = 1_000_000


class ProviderSilent(Exception):
    """The provider does not answer, or not as OpenID Connect says."""


class TokenRefused(Exception):
    """What the provider sent back proves nothing. The message is for the log."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What this sign-in sent along: comes back (`state`), stands in the ID token (`nonce`), proves the code ours."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Ask":
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


def provider_page(settings: OidcSettings, redirect: str, ask: Ask) -> str:
    """The address of the provider where the browser is to sign in. Raises ProviderSilent."""
    with _client() as client:
        address = _discovered(client, settings)["authorization_endpoint"]
    more = {"nonce": ask.nonce, "code_challenge": create_s256_code_challenge(ask.verifier)}
    uri = prepare_grant_uri(
        *(address, settings.client_id, "code", redirect),
        scope="openid profile",
        state=ask.state,
        **more,
        code_challenge_method="S256",
    )
    return str(uri)


def identity(settings: OidcSettings, redirect: str, ask: Ask, code: str, now: datetime) -> Mapping[str, Any]:
    """Claims of the verified ID token that the code is worth. Raises ProviderSilent, TokenRefused."""
    with _client() as client:
        known = _discovered(client, settings)
        token = _exchanged(client, known["token_endpoint"], settings, redirect, (ask, code))
        keys = _got(client, known["jwks_uri"])
    return verified(token, keys, settings, ask.nonce, now)


def verified(token: str, keys: Any, settings: OidcSettings, nonce: str, now: datetime) -> Mapping[str, Any]:
    """The claims of an ID token. Raises TokenRefused."""
    required = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": settings.issuer},
        aud={"essential": True, "value": settings.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        required.validate(read.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenRefused(f"{type(error).__name__}: {error}") from error
    claims: dict[str, Any] = read.claims
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", settings.client_id if not several else None) != settings.client_id:
        raise TokenRefused("azp names another party")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise TokenRefused("sub is no text")
    return claims


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)


def _discovered(client: httpx.Client, settings: OidcSettings) -> Mapping[str, str]:
    """The provider's own description; its issuer must be the configured one (Discovery 1.0, section 4.3)."""
    found = _got(client, settings.issuer + WELL_KNOWN)
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in names):
        raise ProviderSilent("the provider's description lacks an address")
    if str(found.get("issuer", "")).rstrip("/") != settings.issuer:
        raise ProviderSilent(f"expected issuer {settings.issuer}, got {found.get('issuer')}")
    return {name: found[name] for name in names}


def _exchanged(
    client: httpx.Client, address: str, settings: OidcSettings, redirect: str, proof: tuple[Ask, str]
) -> str:
    """The ID token for the code."""
    ask, code = proof
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": ask.verifier}
    try:
        answer = client.post(address, data=form, auth=(settings.client_id, settings.client_secret))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderSilent(str(error)) from error
    if answer.status_code in (400, 401):
        raise TokenRefused(f"the provider refused the code: {answer.text[:200]}")
    token = _json(answer).get("id_token")
    if not isinstance(token, str):
        raise TokenRefused("the provider gave no ID token")
    return token


def _got(client: httpx.Client, address: str) -> Any:
    try:
        return _json(client.get(address))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderSilent(str(error)) from error


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != 200 or len(answer.content) > LARGEST:
        raise ProviderSilent(f"expected 200, got {answer.status_code} from {answer.url.host}")
    try:
        content = json.loads(answer.content)
    except ValueError as error:
        raise ProviderSilent("expected JSON") from error
    if not isinstance(content, dict):
        raise ProviderSilent("expected a JSON object")
    return content
