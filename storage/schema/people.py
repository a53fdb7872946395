"""Who may see and decide what: accounts, API tokens, saved filters, and answers kept for repeated writes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.schema.base import Base
from storage.types import Id, Instant

ROLES = "role IN ('officer','supervisor','inspector','auditor','administrator')"


class Account(Base):
    """A person who signs in. Never deleted: the audit log names it."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint(ROLES, name="role"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(unique=True, comment="what is typed to sign in, lower case")
    role: Mapped[str]
    unit: Mapped[str | None] = mapped_column(comment="code; units below are included; NULL = every unit")
    password_hash: Mapped[str | None] = mapped_column(comment="argon2id; NULL = signs in elsewhere (OIDC)")
    oidc_subject: Mapped[str | None] = mapped_column(unique=True, comment="issuer and subject of an outside sign-in")
    active: Mapped[bool]
    must_change: Mapped[bool] = mapped_column(comment="the password was made by somebody else: good for one sign-in")
    generation: Mapped[int] = mapped_column(comment="raised by sign-out everywhere, password and rights changes")
    failures: Mapped[int] = mapped_column(comment="wrong passwords since the last right one")
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    language: Mapped[str | None] = mapped_column(comment="zh | en; NULL = as the browser says")
    created_at: Mapped[datetime] = mapped_column(Instant)
    signed_in_at: Mapped[datetime | None] = mapped_column(Instant)


class ApiToken(Base):
    """A token of a program. The secret itself is shown once and never stored."""

    __tablename__ = "api_token"
    __table_args__ = (CheckConstraint(ROLES, name="role"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(comment="what the token is for")
    digest: Mapped[str] = mapped_column(unique=True, comment="SHA-256 of the secret, which has 256 bits of chance")
    role: Mapped[str]
    unit: Mapped[str | None] = mapped_column(comment="as of an account")
    rights: Mapped[list[Any]] = mapped_column(JSON, comment="rights it has of those of its role; [] = all of them")
    per_minute: Mapped[int] = mapped_column(comment="requests in a minute")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant, comment="last use, to the hour")


class SavedFilter(Base):
    """A named inbox: filters of the findings page under a person's own name."""

    __tablename__ = "saved_filter"
    __table_args__ = (Index("uq_saved_filter_name", "account_id", "name", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    account_id: Mapped[int] = mapped_column(Id, ForeignKey("account.id"))
    name: Mapped[str]
    query: Mapped[str] = mapped_column(comment="the address's query, without cursor and language")


class KeptAnswer(Base):
    """The answer to a write with an Idempotency-Key: the same request gets it again and has no second effect."""

    __tablename__ = "kept_answer"
    __table_args__ = (Index("uq_kept_answer_key", "actor", "key", unique=True), Index("ix_kept_answer_at", "at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    actor: Mapped[str]
    key: Mapped[str]
    request: Mapped[str] = mapped_column(comment="digest of method, address and body: another request is refused")
    status: Mapped[int]
    body: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)


class SettingChange(Base):
    """One change of a limit or an exclusion made on the pages. The last one of a key counts, above config.toml."""

    __tablename__ = "setting_change"
    __table_args__ = (Index("ix_setting_change_key", "section", "key", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    section: Mapped[str] = mapped_column(comment="limits | exclude")
    key: Mapped[str]
    value: Mapped[Any | None] = mapped_column(JSON, comment="null: as config.toml says again")
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str]
