"""A small identity provider on a loopback port: OpenID Connect's code flow with PKCE, and a key pair of its own."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.api import world

CLIENT, SECRET = "bwc", "provider secret"


def plain64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def new_key() -> RSAKey:
    key = RSAKey.generate_key(2048, private=True)
    key.ensure_kid()
    return key


@dataclass(slots=True)
class Provider:
    """What it says: `claims` stand in every ID token, `changes` over what it would say truthfully."""

    issuer: str = ""
    key: RSAKey = field(default_factory=new_key)
    published: RSAKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    silent: bool = False
    asked: dict[str, str] = field(default_factory=dict)
    exchanges: int = 0

    def discovery(self) -> dict[str, Any]:
        paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        return {"issuer": self.issuer, **{name: self.issuer + path for name, path in paths.items()}}

    def jwks(self) -> dict[str, Any]:
        return dict(KeySet([self.published or self.key]).as_dict(private=False))

    def visited(self, address: str) -> str:
        """Somebody's browser comes and signs in here; the address it is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked = query
        return f"{query['redirect_uri']}?code=the-code&state={query['state']}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The ID token for the code, when the verifier is the one that the challenge was made of."""
        self.exchanges += 1
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = plain64(proof)
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        right = (form.get("code"), challenge, authorization) == ("the-code", self.asked["code_challenge"], basic)
        if not right or form.get("redirect_uri") != self.asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        at = int(world.NOW.timestamp())
        truth = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": self.asked["nonce"]}
        said = {**truth, **self.claims, **self.changes}
        claims = {name: value for name, value in said.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid, **self.header}
        forged = header["alg"] in ("HS256", "none")
        signed = self.forgery(header, claims) if forged else jwt.encode(header, claims, self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": signed}

    def forgery(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Signed with the public key as if it were a secret, or not at all."""
        text = ".".join(plain64(json.dumps(part).encode()) for part in (header, claims))
        if header["alg"] == "none":
            return f"{text}."
        return f"{text}.{plain64(hmac.digest(self.key.as_pem(private=False), text.encode(), 'sha256'))}"


@contextmanager
def serving_provider() -> Iterator[Provider]:
    """The provider, running."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = {"/.well-known/openid-configuration": provider.discovery, "/jwks": provider.jwks}
            make = known.get(self.path)
            self.answer(*((200, make()) if make else (404, {})))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*provider.token(form, self.headers.get("authorization", "")))

        def answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(503 if provider.silent else status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join(10)
