"""Who may come in, and what they may do: accounts, roles, sessions, tokens, and what was answered to whom."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import Permission
from ops_db.models.base import Base, TransactionId, document, identity_key, now_instant, one_of, uuid_key


class Account(Base):
    """A sign-in."""

    __tablename__ = "account"

    id: Mapped[uuid_key]
    login: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None] = mapped_column(comment="Argon2; null = cannot sign in by password.")
    password_is_temporary: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Given by an administrator; the account must choose its own first."
    )
    display_name: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="zh-CN")
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"), unique=True)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[now_instant]


class RoleRecord(Base):
    """A role as this installation has it."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]


class RolePermission(Base):
    """What a role may do."""

    __tablename__ = "role_permission"
    __table_args__ = (one_of("permission", Permission),)

    role_code: Mapped[str] = mapped_column(ForeignKey("role.code"), primary_key=True)
    permission: Mapped[str] = mapped_column(primary_key=True)


class AccountRole(Base):
    """A role of an account, for one project or for all."""

    __tablename__ = "account_role"
    __table_args__ = (UniqueConstraint("account_id", "role_code", "project_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[identity_key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    role_code: Mapped[str] = mapped_column(ForeignKey("role.code"))
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"), comment="Null = every project.")


class Session(Base):
    """A signed-in browser; its cookie holds the token, this row only the hash."""

    __tablename__ = "session"

    id: Mapped[uuid_key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[now_instant]
    seen_at: Mapped[now_instant]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]


class ApiToken(Base):
    """A key of an integration, limited to scopes."""

    __tablename__ = "api_token"

    id: Mapped[uuid_key]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[now_instant]
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class SignInFailure(Base):
    """A failed sign-in, counted to slow guessing down."""

    __tablename__ = "sign_in_failure"

    id: Mapped[identity_key]
    login: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]
    failed_at: Mapped[now_instant]


class IdempotencyKey(Base):
    """The answer given to a write, so that a repeated request gets the same one."""

    __tablename__ = "idempotency_key"
    __table_args__ = (CheckConstraint("status between 200 and 499", name="server_errors_are_not_kept"),)

    actor: Mapped[str] = mapped_column(primary_key=True, comment="Whose key space: account, token or tracking link.")
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[document]
    created_at: Mapped[now_instant] = mapped_column(index=True)


class AuditEntry(Base):
    """A deed worth remembering that is not a change of a ticket: sign-in, reveal, export. Only ever added."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("stream", "position"),)

    id: Mapped[identity_key]
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    deed: Mapped[str] = mapped_column(comment="noun:verb, person:reveal for example.")
    object_kind: Mapped[str | None]
    object_id: Mapped[uuid.UUID | None]
    detail: Mapped[document]
    done_at: Mapped[now_instant] = mapped_column(index=True)
    stream: Mapped[str] = mapped_column(server_default=FetchedValue(), comment="Whose deeds; each has its own chain.")
    position: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue(), comment="Within the stream.")
    detail_salt: Mapped[uuid.UUID] = mapped_column(server_default=FetchedValue())
    detail_hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())
    chain_hash: Mapped[bytes] = mapped_column(
        LargeBinary, server_default=FetchedValue(), comment="Over the stream's deed before and this one; by trigger."
    )
    written_xid: Mapped[int] = mapped_column(
        TransactionId(), server_default=text("pg_current_xact_id()"), index=True, comment="Read by anchoring."
    )
