"""Passwords: argon2id (RFC 9106, second recommended option), what a new one must be, and one-time ones."""

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

SHORTEST, LONGEST = 10, 200
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters of one-time passwords: none that looks like another."""


def hasher() -> PasswordHasher:
    """What hashes in earnest."""
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


_HASHER = hasher()
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB: a crowd at the door must wait, not fill the memory."""
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b6dVRWJTmaaJObG3kQz3fTZXn0"
"""Verified where there is no such account, so that the time taken does not tell names apart."""


def hashed(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def fits(password_hash: str | None, password: str) -> bool:
    """Whether the password gives the hash; takes as long where there is none."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(password_hash or NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(password_hash: str) -> bool:
    """Whether a hash was made with weaker parameters than ours."""
    return _HASHER.check_needs_rehash(password_hash)


def unfit(password: str, name: str) -> str | None:
    """Why a new password cannot be taken: `short`, `long`, `name`, `plain` (NIST SP 800-63B 5.1.1), or None."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if name.lower() in password.lower():
        return "name"
    return "plain" if len(set(password)) < 5 else None


def one_time() -> str:
    """A password to hand over: 12 letters in three groups, 59 bits of chance."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
