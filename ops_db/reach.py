"""How far a connection of the service sees: the projects in which whoever asks holds any role, and nothing beyond.

Postgres itself holds this line (row-level security), so that a question which forgets its scope answers with too little
and never with too much. Permissions are finer and stay with the use cases. Owners of the tables, who migrate, extract
and verify, see everything; workers and commands say that they do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.engine import EVERY_PROJECT, REACH, REACH_OPTION
from ops_db.models import SCHEMA

_SET: Final = text(f"select set_config('{REACH}', :projects, :is_local)")

CONFINED: Final = (
    "ticket",
    "ticket_event",
    "message",
    "attachment",
    "rating",
    "cost_entry",
    "cost_settlement",
    "form_response",
    "material_request",
    "call",
)
"""The tables that say what happened in a home: rows of other projects are not there for whoever asks."""

OPEN: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("task", "visit", "timer", "approval", "notice", "notice_read"),
        "Who does what, and when: a person's load is counted over all projects. What it is about, the ticket says.",
    ),
    **dict.fromkeys(
        ("material_stock", "material_request_line", "material_movement"),
        "Stock is shared by projects and reckoned over all of them.",
    ),
    **dict.fromkeys(
        (
            *("area", "project", "unit_type", "building", "unit", "space"),
            *("contractor", "material_batch", "installed_component", "asset"),
        ),
        "What was built and where; the queries confine it, and a poster leads anybody to its place.",
    ),
    **dict.fromkeys(
        ("person", "household_member"),
        "People belong to homes of several projects; names and numbers are ciphertext, and a reveal is audited.",
    ),
    **dict.fromkeys(
        ("crew", "crew_project", "staff", "technician_skill", "staff_shift", "staff_leave"),
        "Colleagues and crews work for several projects.",
    ),
    **dict.fromkeys(("defect_category", "component", "defect", "warranty_term"), "The same for every project."),
    **dict.fromkeys(
        (
            "calendar",
            "calendar_shift",
            "calendar_override",
            "calendar_year",
            "sla_policy",
            "appointment_slot",
            "dispatch_rule",
        ),
        "Rules, shared by projects.",
    ),
    **dict.fromkeys(
        ("process_definition", "process_draft_save", "process_rule", "form_definition", "form_link"),
        "Rules, shared by projects.",
    ),
    **dict.fromkeys(
        ("account", "role", "role_permission", "account_role", "delegation", "session", "api_token"),
        "Read to learn who asks, before it is known how far they see.",
    ),
    **dict.fromkeys(
        ("sign_in_failure", "idempotency_key", "sweep", "tombstone", "alembic_version"), "Of the installation itself."
    ),
    **dict.fromkeys(
        ("webhook_endpoint", "webhook_delivery", "webhook_source", "webhook_message", "audit_entry"),
        "Kept by administrators of the installation.",
    ),
}
"""Every other table, and why its rows are not confined."""

_UNCONFINED: Final = text("""
    select relation.relname from pg_class as relation
     where relation.relnamespace = cast(:schema as regnamespace) and relation.relname = any(:confined)
       and not (relation.relrowsecurity and exists (select from pg_policy where polrelid = relation.oid))
     order by relation.relname
""")


async def see_only(connection: AsyncConnection, project_ids: Iterable[UUID] | None) -> None:
    """Let the connection see these projects alone, None for every one of them, until it is said anew."""
    projects = EVERY_PROJECT if project_ids is None else ",".join(map(str, project_ids))
    await connection.execution_options(**{REACH_OPTION: projects})
    # Without a transaction nothing is local to one.
    options = connection.sync_connection.get_execution_options() if connection.sync_connection is not None else {}
    is_local = options.get("isolation_level") != "AUTOCOMMIT"
    await connection.execute(_SET, {"projects": projects, "is_local": is_local})


def unconfined(connection: Connection) -> list[str]:
    """Tables that should be confined and are not."""
    return list(connection.scalars(_UNCONFINED, {"schema": SCHEMA, "confined": list(CONFINED)}))
