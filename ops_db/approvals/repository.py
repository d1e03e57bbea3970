"""SQL of approvals: what waits for whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.notices.repository import UNREAD as _UNREAD

# What waits for a role held in the ticket's project or for the member of staff, unless the account has answered already
# in this approval: a person counts once.
_WAITING = """
      from ops.approval
      join ops.task on task.id = approval.task_id and task.state = 'open'
      join ops.ticket on ticket.id = approval.ticket_id and ticket.state = 'open'
     where approval.state = 'pending'
       and (approval.staff_id = :staff_id
            or exists (
               select from jsonb_to_recordset(cast(:away as jsonb)) as away (staff_id uuid, project_ids uuid[])
                where away.staff_id = approval.staff_id
                  and (away.project_ids is null or ticket.project_id = any(away.project_ids)))
            or exists (
               select from unnest(cast(:roles as text[]), cast(:project_ids as uuid[])) as held (role_code, project_id)
                where held.role_code = approval.role_code
                  and (held.project_id is null or held.project_id = ticket.project_id)))
       and not exists (
           select from ops.approval as answered
            where answered.task_id = approval.task_id and answered.decided_by = :account_id
              and answered.state in ('approved', 'declined'))
"""
_LIST = text(f"""
    with mine as (
        select distinct on (approval.task_id) approval.task_id, approval.id, approval.asked_at, approval.role_code,
               approval.staff_id
        {_WAITING}
         order by approval.task_id, approval.asked_at, approval.id)
    select mine.task_id, mine.asked_at, mine.role_code, mine.staff_id, task.node_key, task.due_at, ticket.id,
           ticket.number, ticket.title, ticket.version, ticket.severity, ticket.pause_reason, ticket.reported_at,
           ticket.process_definition_id, ticket.process_data, project.name as project_name, unit.code as unit_code,
           unit.room_number, building.name as building_name,
           (select coalesce(sum(amount_fen), 0)::bigint from ops.cost_entry where ticket_id = ticket.id) as cost_fen,
           (select count(*) from ops.approval as one where one.task_id = mine.task_id and one.state <> 'delegated')
               as signer_count,
           (select count(*) from ops.approval as one where one.task_id = mine.task_id and one.state = 'approved')
               as approved_count
      from mine
      join ops.task on task.id = mine.task_id
      join ops.ticket on ticket.id = task.ticket_id
      join ops.project on project.id = ticket.project_id
      left join ops.building on building.id = ticket.building_id
      left join ops.unit on unit.id = ticket.unit_id
     order by mine.asked_at, mine.id
     limit :most
""")
_COUNT = f"select count(distinct approval.task_id) {_WAITING}"
_WAITING_FOR = text(f"select ({_UNREAD}) as unread_count, ({_COUNT}) as approval_count")
_OF_TICKET = text("""
    select approval.id, approval.task_id, approval.position, approval.role_code as role, approval.state,
           approval.asked_at, approval.decided_at, approval.reason, approval.delegated_from, staff.name as staff_name,
           decider.display_name as decided_by_name, adder.display_name as added_by_name,
           role.name_zh as role_name_zh, role.name_en as role_name_en, task.node_key,
           task.state as task_state, task.opened_at, task.ended_at, task.outcome
      from ops.approval
      join ops.task on task.id = approval.task_id
      left join ops.role on role.code = approval.role_code
      left join ops.staff on staff.id = approval.staff_id
      left join ops.account as decider on decider.id = approval.decided_by
      left join ops.account as adder on adder.id = approval.added_by
     where approval.ticket_id = :ticket_id
     order by task.opened_at, task.id, approval.position, approval.id
""")
_CANDIDATES = text("""
    select staff.id, staff.name, staff.kind from ops.staff
      join ops.account on account.staff_id = staff.id and account.is_active
     where staff.is_active and exists (
           select from ops.account_role
            where account_role.account_id = account.id
              and (account_role.project_id is null or account_role.project_id = :project_id))
     order by staff.name, staff.id
""")
_ROLES = text("""
    select distinct role.code, role.name_zh, role.name_en from ops.role
      join ops.role_permission on role_permission.role_code = role.code and role_permission.permission = 'ticket:act'
     order by role.code
""")


async def waiting(connection: AsyncConnection, **values: Any) -> list[Row[Any]]:
    """Approvals that wait for somebody, the longest first."""
    return list((await connection.execute(_LIST, values)).all())


async def waiting_for(connection: AsyncConnection, **values: Any) -> Row[Any]:
    """How many notices somebody has not read, and how many approvals wait for them."""
    return (await connection.execute(_WAITING_FOR, values)).one()


async def of_ticket(connection: AsyncConnection, *, ticket_id: UUID) -> list[Row[Any]]:
    """Every signature ever asked for a ticket, in order."""
    return list((await connection.execute(_OF_TICKET, {"ticket_id": ticket_id})).all())


async def candidates(connection: AsyncConnection, *, project_id: UUID) -> list[Row[Any]]:
    """Staff with an account that counts in a project: whom one may ask to sign."""
    return list((await connection.execute(_CANDIDATES, {"project_id": project_id})).all())


async def roles(connection: AsyncConnection) -> list[Row[Any]]:
    """Roles whose holders may act on tickets."""
    return list((await connection.execute(_ROLES)).all())
