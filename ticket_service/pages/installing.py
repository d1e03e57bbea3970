"""All pages, their files and their errors, added to the service."""

from __future__ import annotations

from fastapi import FastAPI

from ticket_service.pages import (
    api_reference,
    approvals_inbox,
    desk_queue,
    errors,
    form_answering,
    form_answers,
    material_page,
    new_ticket,
    notice_list,
    own_account,
    owner_tracking,
    places,
    report_receipt,
    sign_in,
    technician_work,
    ticket_page,
    ticket_path,
)
from ticket_service.pages.assets import VersionedFiles
from ticket_service.pages.manage import accounts as manage_accounts
from ticket_service.pages.manage import areas as manage_areas
from ticket_service.pages.manage import audit_log as manage_audit
from ticket_service.pages.manage import clock as manage_clock
from ticket_service.pages.manage import dispatch as manage_dispatch
from ticket_service.pages.manage import (
    due_times,
    form_designer,
    forms,
    process_moving,
    process_rules,
    processes,
)
from ticket_service.pages.manage import index as manage_index
from ticket_service.pages.manage import people as manage_people
from ticket_service.pages.manage import roles as manage_roles
from ticket_service.pages.manage import warranty as manage_warranty
from ticket_service.pages.manage import webhooks as manage_webhooks

_ROUTERS = (
    sign_in.router,
    places.router,
    desk_queue.router,
    new_ticket.router,
    ticket_page.router,
    ticket_path.router,
    report_receipt.router,
    owner_tracking.router,
    technician_work.router,
    material_page.router,
    approvals_inbox.router,
    notice_list.router,
    form_answering.router,
    form_answers.router,
    manage_index.router,
    own_account.router,
    api_reference.router,
    manage_accounts.router,
    manage_roles.router,
    forms.router,
    form_designer.router,
    manage_webhooks.router,
    manage_audit.router,
    manage_dispatch.router,
    manage_people.router,
    manage_areas.router,
    manage_clock.router,
    due_times.router,
    processes.router,
    process_moving.router,
    process_rules.router,
    manage_warranty.router,
)


def install(app: FastAPI) -> None:
    """Add the pages; the API has installed its error handlers before."""
    for router in _ROUTERS:
        app.include_router(router)
    app.mount("/static", VersionedFiles(), name="static")
    errors.install(app)
