"""The description of the API (OpenAPI): what FastAPI knows of the routes, with who may use them and what is refused.

Everything is derived from the routes: the permission from the policy, the errors from what an operation takes, the
examples from the schemas. Only what the process and single use cases refuse beside that stands here by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from ops_db.webhooks.receiving import Message
from ticket_service.api.examples import Examples
from ticket_service.policies import Allowed, EvenWithTemporaryPassword, OwnerLink, Policy, SignedIn, policy_of
from ticket_service.problems import MEDIA_TYPE, PROBLEMS

PREFIX: Final = "/api/v1"

ABOUT: Final = """\
Everything the pages of Anju do, for other programs: open tickets and act on them, read the estate, follow a repair.

**Signing in.** Send `Authorization: Bearer <token>` with a token issued at `/account/tokens`. A token may do at most
what its account may, and only what its scopes name. Browsers use a session cookie instead.

**Writing once.** Send an `Idempotency-Key` of your own with a write. Repeated with the same key, a request changes
nothing more and gets the first answer again, marked `Idempotency-Replayed: true`, for 30 days.

**Who came first.** A ticket has a `version`. Send the one you looked at; if somebody was quicker you get 409 with the
ticket as it is now.

**Errors** are problem details (RFC 9457) with a stable `code`. Times are ISO 8601 with an offset, money is integer fen.
"""

TAGS: Final[Mapping[str, str]] = {
    "tickets": "Open, find, read and act on tickets.",
    "waiting": "Approvals that wait for you, and what you were told.",
    "conversation": "Messages, photos and ratings of a ticket.",
    "costs": "What a ticket costs, who bears it, and how far it is settled.",
    "material": "Stock, and material asked for on tickets.",
    "clock": "A ticket's deadlines, pauses, warranty and way; calendars and service levels.",
    "areas": "Which parts of the estate belong together, and who leads each.",
    "owner": "What owners reach without an account: a report, and the page behind the link of a ticket.",
    "estate": "Projects, buildings, homes, people, technicians, crews and calls.",
    "processes": "Versions of processes, drafts, publication, and which process a ticket takes.",
    "notices": "What the process tells a person.",
    "approvals": "What waits for a person's signature.",
    "forms": "Forms as versioned definitions, and the links that open them.",
    "dispatch": "Which crew and whom a ticket goes to.",
    "sessions": "Who is signed in, and tokens for programs.",
    "hooks": "Signed messages by which other systems open and comment tickets.",
    "health": "Whether the service lives and can work.",
}

_OF_THE_PROCESS: Final = (
    "already_signed",
    "action_not_allowed",
    "action_unknown",
    "choice_unknown",
    "invalid_data",
    "missing_data",
    "missing_evidence",
    "process_error",
    "reference_unknown",
    "task_not_named",
    "task_not_open",
    "task_of_another",
    "ticket_closed",
    "ticket_paused",
    "version_conflict",
)
REFUSED_BY_NAME: Final[Mapping[str, tuple[str, ...]]] = {
    "tickets_create_ticket": ("reference_unknown", "invalid_input", "not_installed"),
    "tickets_act_on_ticket": (*_OF_THE_PROCESS, "form_needed", "answers_refused", "invalid_input"),
    "tickets_list_tickets": ("invalid_input",),
    "tickets_count_tickets": ("invalid_input",),
    "waiting_list_notices": ("invalid_input",),
    "conversation_rate": ("rating_not_possible", "ticket_closed", *_OF_THE_PROCESS),
    "owner_report": ("reference_unknown", "invalid_input", "quota_exceeded", "not_installed"),
    "owner_act_as_owner": (*_OF_THE_PROCESS, "form_needed", "answers_refused", "invalid_input"),
    "owner_write_message": ("quota_exceeded", "invalid_input"),
    "owner_add_photo": ("quota_exceeded",),
    "owner_rate": ("rating_not_possible", *_OF_THE_PROCESS),
    "owner_urge": ("quota_exceeded", "ticket_closed", "version_conflict"),
    "sessions_sign_in": ("sign_in_failed", "sign_in_throttled"),
    "sessions_issue_token": ("invalid_input",),
    "estate_find_homes": ("invalid_input",),
    "estate_log_call": ("reference_unknown", "invalid_input"),
    "conversation_write_message": ("invalid_input",),
    "processes_begin_process": ("draft_exists", "invalid_input"),
    "processes_check_definition": ("invalid_input",),
    "processes_import_definition": ("draft_exists", "invalid_input"),
    "processes_retire_version": ("process_in_use",),
    "processes_begin_draft": ("draft_exists",),
    "processes_save_draft": ("version_conflict", "invalid_input"),
    "processes_publish_draft": ("version_conflict", "definition_invalid"),
    "processes_add_rule": ("reference_unknown", "invalid_input"),
    "processes_change_rule": ("reference_unknown", "invalid_input"),
    "processes_which_process": ("reference_unknown",),
    "processes_simulate": ("invalid_input", "definition_invalid"),
    "processes_run_scenarios": ("invalid_input", "definition_invalid"),
    "costs_enter_cost": ("reference_unknown", "invalid_input"),
    "costs_reverse_cost": ("invalid_input",),
    "costs_settle_costs": ("invalid_input",),
    "material_request_material": ("reference_unknown", "invalid_input"),
    "material_move_material": ("invalid_input",),
    "dispatch_which_crew": ("reference_unknown",),
    "dispatch_add_dispatch_rule": ("reference_unknown", "invalid_input"),
    "dispatch_change_dispatch_rule": ("reference_unknown", "invalid_input"),
    "areas_add_area": ("invalid_input",),
    "areas_change_area": ("area_changed", "invalid_input"),
    "areas_remove_area": ("area_changed", "area_in_use"),
    "areas_assign_areas": ("area_changed", "reference_unknown"),
    "hooks_receive": ("reference_unknown", "invalid_input", "invalid_signature", "idempotency_key_reused"),
}
"""What an operation refuses beyond what follows from its policy and from what it takes."""

SENTENCES: Final[Mapping[str, str]] = {
    "not_signed_in": "Please sign in.",
    "not_permitted": "Your roles do not include ticket:act here. Ask an administrator for it.",
    "password_temporary": "Your password was given to you by an administrator. Choose your own first.",
    "not_found": "There is no ticket T00000042 in your projects.",
    "version_conflict": "Ticket T00000042 was changed meanwhile. Look at it again and repeat the action if it applies.",
    "invalid_request": "Correct the fields named and send the request again.",
    "cross_site_request": "This request comes from another site. Open the page itself and try again.",
    "idempotency_key_in_flight": "The first request with this Idempotency-Key is still being answered.",
    "idempotency_key_reused": "This Idempotency-Key was used for another request. Make a new key for a new request.",
    "unavailable": "The database does not answer at the moment. Ask again in 2 seconds.",
    "unexpected": "Something went wrong on our side. It is written down.",
    "body_too_large": "The request is too large. Send less at once.",
}


def operation_id(route: APIRoute) -> str:
    """A stable name: the subject and the function."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description, made once for a service."""
    if not getattr(app.state, "described", None):
        app.state.described = _described(app)
    described: dict[str, Any] = app.state.described
    return described


def words_without_example(app: FastAPI) -> set[str]:
    """Fields and parameters for which `examples.WORDS` has nothing to show."""
    describe(app)
    unexplained: set[str] = app.state.unexplained
    return unexplained


def _described(app: FastAPI) -> dict[str, Any]:
    raw = app.openapi()
    policies = {(method, path): policy for method, path, policy in _policies(app)}
    schemas = raw["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    schemas["HookMessage"] = Message.model_json_schema() | {"description": "A message of another system."}
    examples = Examples(schemas)
    for path, operations in raw["paths"].items():
        for method, operation in operations.items():
            policy = policies[method.upper(), path]
            _put_into_words(operation)
            _give_examples(operation, examples)
            _say_who(operation, policy)
            _say_what_is_refused(operation, policy, path=path, method=method.upper())
    raw["info"] |= {"description": ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    used = {tag for operations in raw["paths"].values() for one in operations.values() for tag in one["tags"]}
    raw["tags"] = [{"name": tag, "description": about} for tag, about in TAGS.items() if tag in used]
    raw["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token issued at /account/tokens."},
        "session": {"type": "apiKey", "in": "cookie", "name": "anju_session", "description": "A signed-in browser."},
    }
    app.state.unexplained = examples.unexplained
    return raw


def _policies(app: FastAPI) -> Iterator[tuple[str, str, Policy]]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.path:
            policy = policy_of(context.dependant)
            for method in context.methods or ():
                if policy is not None:
                    yield method, context.path, policy


def _put_into_words(operation: dict[str, Any]) -> None:
    """The first sentence of the docstring is the summary; FastAPI would take the function's name."""
    description = " ".join(operation.get("description", "").split())
    first = description.split(". ")[0].split("; ")[0].split(": ")[0].rstrip(".")
    operation["description"] = description
    if first:
        operation["summary"] = first


def _give_examples(operation: dict[str, Any], examples: Examples) -> None:
    for parameter in operation.get("parameters", ()):
        parameter["example"] = examples.of(parameter["schema"], parameter["name"])
        parameter.setdefault("description", parameter["name"].replace("_", " ").capitalize() + ".")
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [
        answer.get("content", {}) for status, answer in operation["responses"].items() if status.startswith("2")
    ]
    for content in contents:
        for media_type, body in content.items():
            if media_type == "application/json" and "schema" in body and "example" not in body:
                body["example"] = examples.of(body["schema"])


def _say_who(operation: dict[str, Any], policy: Policy) -> None:
    if isinstance(policy, Allowed | SignedIn):
        operation["security"] = [{"token": []}, {"session": []}]
    if isinstance(policy, Allowed):
        names = [one.value for one in policy.permissions]
        operation["x-permission"] = names[0] if len(names) == 1 else names
        operation["description"] += f"\n\nPermission: {' or '.join(f'`{name}`' for name in names)}."


def _say_what_is_refused(operation: dict[str, Any], policy: Policy, *, path: str, method: str) -> None:
    operation["responses"].pop("422", None)
    codes = {"unavailable", "unexpected", *REFUSED_BY_NAME.get(operation["operationId"], ())}
    codes |= {"not_signed_in"} if isinstance(policy, Allowed | SignedIn) else set()
    codes |= {"not_permitted"} if isinstance(policy, Allowed) else set()
    is_at_work = isinstance(policy, Allowed | SignedIn) and not isinstance(policy, EvenWithTemporaryPassword)
    codes |= {"password_temporary"} if is_at_work else set()
    codes |= {"not_found"} if "{" in path or isinstance(policy, OwnerLink) else set()
    codes |= {"invalid_request"} if operation.get("parameters") or "requestBody" in operation else set()
    codes |= {"cross_site_request"} if method not in ("GET", "HEAD") else set()
    names = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    if "idempotency-key" in names:
        codes |= {"idempotency_key_in_flight", "idempotency_key_reused"}
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        codes |= {"body_too_large", "http_error"}
    if any(media_type.startswith("multipart/") for media_type in content):
        codes |= {"attachment_too_large", "attachment_refused"}
    for status, of_status in _by_status(sorted(codes & set(PROBLEMS))):
        operation["responses"][str(status.value)] = {
            "description": "; ".join(PROBLEMS[code][1] for code in of_status) + ".",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {code: {"summary": PROBLEMS[code][1], "value": _example(code)} for code in of_status},
                }
            },
        }


def _by_status(codes: Iterable[str]) -> list[tuple[HTTPStatus, list[str]]]:
    found: dict[HTTPStatus, list[str]] = {}
    for code in codes:
        found.setdefault(PROBLEMS[code][0], []).append(code)
    return sorted(found.items())


def _example(code: str) -> dict[str, Any]:
    status, title = PROBLEMS[code]
    example: dict[str, Any] = {
        "type": f"urn:anju:problem:{code}",
        "title": title,
        "status": status.value,
        "code": code,
        "detail": SENTENCES.get(code, f"{title}."),
    }
    if code == "invalid_request":
        example["errors"] = [{"field": "body.description", "message": "Field required"}]
    if code == "version_conflict":
        example["current"] = {"number": "T00000042", "version": 4, "state": "open", "node_key": "survey"}
    return example


_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "description": "The code as a name.", "examples": ["urn:anju:problem:not_found"]},
        "title": {"type": "string", "description": "What kind of refusal it is."},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": sorted(PROBLEMS), "description": "Stable; decide by it."},
        "detail": {"type": "string", "description": "A sentence that says what to do next, in the language asked for."},
        "errors": {
            "type": "array",
            "description": "Which fields are wrong.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "fields": {"type": "array", "items": {"type": "string"}, "description": "Keys of the data that are wrong."},
        "current": {"type": "object", "description": "The ticket as it is now."},
    },
}
