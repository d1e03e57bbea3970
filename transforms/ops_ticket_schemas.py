"""What a current row looks like in the clean zone: tickets, and everything that happens to them."""

from __future__ import annotations

import dataframely as dy

from transforms.extracted import Extracted, instant


class Approval(Extracted):
    """One signature an approval asks for."""

    id = dy.String(primary_key=True)
    task_id = dy.String()
    ticket_id = dy.String()
    position = dy.Int64()
    role_code = dy.String(nullable=True)
    staff_id = dy.String(nullable=True)
    state = dy.String()
    asked_at = instant(nullable=True)
    decided_by = dy.String(nullable=True)
    decided_at = instant(nullable=True)
    reason = dy.String(nullable=True)
    added_by = dy.String(nullable=True)
    delegated_from = dy.String(nullable=True)


class Attachment(Extracted):
    """A file of a ticket, without its bytes."""

    id = dy.String(primary_key=True)
    ticket_id = dy.String()
    message_id = dy.String(nullable=True)
    purpose = dy.String()
    sha256 = dy.String()
    media_type = dy.String()
    byte_count = dy.Int64()
    width = dy.Int64(nullable=True)
    height = dy.Int64(nullable=True)
    uploader_kind = dy.String()
    uploader_id = dy.String(nullable=True)
    uploaded_at = instant()


class Call(Extracted):
    """A telephone conversation the desk logged."""

    id = dy.String(primary_key=True)
    direction = dy.String()
    project_id = dy.String(nullable=True)
    unit_id = dy.String(nullable=True)
    ticket_id = dy.String(nullable=True)
    agent_id = dy.String(nullable=True)
    exchange_key = dy.String(nullable=True)
    caller_index = dy.String(nullable=True)
    started_at = instant()
    ended_at = instant(nullable=True)
    is_resolved = dy.Bool(nullable=True)
    note = dy.String()


class CostEntry(Extracted):
    """One amount spent on a ticket, in fen; corrections are negative."""

    id = dy.String(primary_key=True)
    ticket_id = dy.String()
    kind = dy.String()
    amount_fen = dy.Int64()
    quantity = dy.Float64(nullable=True)
    material_code = dy.String(nullable=True)
    material_batch_id = dy.String(nullable=True)
    payer = dy.String()
    contractor_id = dy.String(nullable=True)
    note = dy.String()
    incurred_at = instant()
    reverses_id = dy.String(nullable=True)


class Message(Extracted):
    """What owner, desk and technician write to one another."""

    id = dy.String(primary_key=True)
    ticket_id = dy.String()
    author_kind = dy.String()
    author_id = dy.String(nullable=True)
    body = dy.String()
    is_internal = dy.Bool()
    sent_at = instant()


class ProcessDefinition(Extracted):
    """One version of one process; `definition` is JSON text."""

    id = dy.String(primary_key=True)
    key = dy.String()
    version = dy.Int64()
    state = dy.String()
    definition = dy.String()
    published_at = instant(nullable=True)
    created_at = instant()


class Rating(Extracted):
    """A request for the owner's opinion, and the opinion once it came."""

    id = dy.String(primary_key=True)
    ticket_id = dy.String()
    technician_id = dy.String(nullable=True)
    requested_at = instant()
    rated_at = instant(nullable=True)
    process_score = dy.Int64(nullable=True)
    timeliness_score = dy.Int64(nullable=True)
    attitude_score = dy.Int64(nullable=True)
    comment = dy.String(nullable=True)


class Task(Extracted):
    """One open or finished step of a ticket's process, or a token of it that waits."""

    id = dy.String(primary_key=True)
    ticket_id = dy.String()
    node_key = dy.String()
    role = dy.String()
    crew_id = dy.String(nullable=True)
    assignee_id = dy.String(nullable=True)
    state = dy.String()
    outcome = dy.String(nullable=True)
    opened_at = instant()
    due_at = instant(nullable=True)
    ended_at = instant(nullable=True)
    kind = dy.String()
    fork = dy.String()


class Ticket(Extracted):
    """One request of one home or one shared part of a building."""

    id = dy.String(primary_key=True)
    number = dy.String()
    project_id = dy.String()
    building_id = dy.String(nullable=True)
    unit_id = dy.String(nullable=True)
    space_id = dy.String(nullable=True)
    category_code = dy.String(nullable=True)
    component_code = dy.String(nullable=True)
    defect_code = dy.String(nullable=True)
    severity = dy.String()
    channel = dy.String()
    title = dy.String()
    description = dy.String()
    reporter_id = dy.String(nullable=True)
    process_definition_id = dy.String()
    state = dy.String()
    node_key = dy.String(nullable=True)
    owner_status = dy.String()
    pause_reason = dy.String(nullable=True)
    version = dy.Int64()
    reported_at = instant()
    resolve_due_at = instant(nullable=True)
    closed_at = instant(nullable=True)
    closed_at_precision = dy.String()
    source_system = dy.String(nullable=True)
    source_key = dy.String(nullable=True)
    created_at = instant()


class TicketEvent(Extracted):
    """One change of one ticket; `payload` is JSON text."""

    id = dy.Int64(primary_key=True)
    ticket_id = dy.String()
    version = dy.Int64()
    kind = dy.String()
    node_key = dy.String(nullable=True)
    task_id = dy.String(nullable=True)
    actor_kind = dy.String()
    actor_id = dy.String(nullable=True)
    staff_id = dy.String(nullable=True)
    occurred_at = instant()
    payload = dy.String()


class Visit(Extracted):
    """One trip of one technician."""

    id = dy.String(primary_key=True)
    ticket_id = dy.String()
    task_id = dy.String(nullable=True)
    technician_id = dy.String(nullable=True)
    purpose = dy.String()
    promised_from = instant(nullable=True)
    promised_to = instant(nullable=True)
    departed_at = instant(nullable=True)
    arrived_at = instant(nullable=True)
    left_at = instant(nullable=True)
    outcome = dy.String(nullable=True)
