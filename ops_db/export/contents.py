"""What an export holds: everything but what is listed here, each with its reason in both languages.

Three lists decide. A table or column that no list names is exported as it is. In an export without personal data a
text that is not known to be harmless is left out, so that a column added tomorrow cannot betray anybody.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Treatment = Literal["left_out", "initial", "codes"]
"""What becomes of personal data without personal data: nothing, `王**`, or only the codes in a document."""


class Reason(NamedTuple):
    """Why something stays behind."""

    en: str
    zh: str


_CREDENTIAL = Reason(
    "A credential: whoever held the files could act with it. It is made anew after an import.",
    "属于凭证，持有文件者可冒用；导入后须重新设置。",
)
_TRANSACTION = Reason(
    "A transaction number, which means nothing in another database; the database that takes the row in writes its own.",
    "事务号，在另一个数据库中没有意义；导入时由新数据库写入。",
)
_LEASE = Reason("Which process is at work this minute; nobody is after a move.", "此刻由哪个进程处理；迁移后无意义。")

LEFT_OUT_TABLES: Final[dict[str, Reason]] = {
    "session": Reason(
        "Signed-in browsers: credentials of a few hours. Everybody signs in anew.",
        "已登录的浏览器，只在数小时内有效的凭证；请重新登录。",
    ),
    "sign_in_failure": Reason(
        "Counted for some minutes to slow guessing down; says nothing of the business.",
        "只为减慢猜测而计数数分钟，与业务无关。",
    ),
    "idempotency_key": Reason(
        "Copies of answers, kept some days in case a request is repeated to the same server.",
        "答复的副本，只为同一服务器上的重复请求保留数日。",
    ),
    "sweep": Reason("When workers of this server last looked.", "本服务器后台进程上次查看的时间。"),
}
"""Tables of the schema `ops` that stay behind."""

LEFT_OUT_COLUMNS: Final[dict[str, Reason]] = {
    "account.password_hash": _CREDENTIAL,
    "account.password_is_temporary": _CREDENTIAL,
    "api_token.token_hash": _CREDENTIAL,
    "webhook_endpoint.secret_ciphertext": _CREDENTIAL,
    "webhook_source.secret_ciphertext": _CREDENTIAL,
    "changed_xid": _TRANSACTION,
    "audit_entry.written_xid": _TRANSACTION,
    "webhook_endpoint.cursor_xid": _TRANSACTION,
    "timer.claimed_until": _LEASE,
    "webhook_delivery.leased_until": _LEASE,
}
"""Columns that stay behind, as `table.column` or, where it is so in every table, by name alone."""

OPENED: Final[dict[str, str]] = {
    "person.name_ciphertext": "name",
    "person.phone_ciphertext": "phone",
    "form_response.personal_ciphertext": "personal",
}
"""Columns whose ciphertext nobody else could read, and the name under which they are exported in clear."""

PERSONAL: Final[dict[str, Treatment]] = {
    "person.name_ciphertext": "left_out",
    "person.phone_ciphertext": "left_out",
    "person.phone_index": "left_out",
    "person.crm_key": "left_out",
    "form_response.personal_ciphertext": "left_out",
    "form_response.answers": "left_out",
    "call.caller_index": "left_out",
    "call.exchange_key": "left_out",
    "call.note": "left_out",
    "staff.name": "initial",
    "staff.staff_number": "left_out",
    "staff.work_phone": "left_out",
    "account.login": "left_out",
    "account.display_name": "initial",
    "ticket.title": "left_out",
    "ticket.description": "left_out",
    "ticket.process_data": "left_out",
    "ticket.tracking_token_hash": "left_out",
    "ticket_event.payload": "codes",
    "ticket_event.payload_salt": "left_out",
    "audit_entry.detail": "left_out",
    "audit_entry.detail_salt": "left_out",
    "message.body": "left_out",
    "rating.comment": "left_out",
    "notice.title_zh": "left_out",
    "notice.title_en": "left_out",
    "notice.body_zh": "left_out",
    "notice.body_en": "left_out",
    "notice.link": "left_out",
    "cost_entry.note": "left_out",
    "material_request.note": "left_out",
    "dispatch_rule.note": "left_out",
    "delegation.reason": "left_out",
    "approval.reason": "left_out",
    "cost_settlement.reason": "left_out",
    "calendar_override.reason": "left_out",
    "form_link.code": "left_out",
    "api_token.name": "left_out",
    "webhook_endpoint.url": "left_out",
    "webhook_endpoint.disabled_reason": "left_out",
    "webhook_delivery.body": "left_out",
    "webhook_delivery.last_words": "left_out",
    "timer.failure": "left_out",
}
"""What may say who somebody is, and what becomes of it in an export without personal data.

Salts are here because with them a hash of a short text could be guessed back to the text.
"""

HARMLESS_TEXTS: Final[frozenset[str]] = frozenset(
    {
        *(
            "action",
            "actor_kind",
            "address",
            "author_kind",
            "body_hash",
            "calendar_code",
            "category_code",
            "chain_hash",
        ),
        *("channel", "city", "clock", "closed_at_precision", "code", "component_code", "crew_source", "day_hash"),
        *("deed", "default_severity", "defect_code", "definition", "detail_hash", "developer_name", "direction"),
        *("district", "event_kinds", "fork", "form_key", "holiday_region", "key", "kind", "language", "material_code"),
        *("material_name", "media_type", "message_id", "mode", "name", "name_en", "name_zh", "node_key", "number"),
        *("object_kind", "outcome", "owner_status", "pause_reason", "payer", "payload_hash", "permission"),
        *("process_key", "property_company_name", "purpose", "recipient_kind", "running_reasons", "role", "role_code"),
        *("room_number", "row_key", "scopes", "season", "serial_number", "severity", "sha256", "source"),
        *("source_key", "source_system", "staff_leave.reason", "state", "stream", "supplier_name", "table_name"),
        *("target", "ticket_number", "timer_key", "timezone", "trade", "unit", "uploader_kind", "warehouse_code"),
        "warranty_term.note",
    }
)
"""Texts, documents and hashes that say nothing of a person, as `table.column` or by name; `PERSONAL` goes before."""

KEPT_PAYLOAD_KEYS: Final = ("milestone", "choice", "owner_status")
"""What is left of an event's payload as codes: which station was passed, what was chosen, what the owner was shown."""

PERSONAL_IN_MARTS: Final[frozenset[str]] = frozenset(
    {
        *("agent_code", "call_key", "exchange_call_key", "note", "payment_description", "rating_comment"),
        *("staff_name", "staff_number", "title", "source_file"),
    }
)
"""Columns of the marts that are left out with the personal data."""

PERSONAL_REASON: Final = Reason(
    "May say who somebody is; this export was asked for without personal data.",
    "可能表明身份；本导出要求不含个人信息。",
)

ELSEWHERE: Final[dict[str, Reason]] = {
    "jobs": Reason(
        "The queue of the background worker: what is waiting is found again from timers and deliveries.",
        "后台任务队列；待办事项可由定时器与待发消息重新得出。",
    ),
    "secrets": Reason(
        "Keys of this installation; names and telephone numbers are therefore exported in clear.",
        "本系统的密钥；因此姓名与电话以明文导出。",
    ),
    "inbox, quarantine": Reason(
        "Files that were not landed yet, and rows that were turned away: they belong to the systems that sent them.",
        "尚未入库的文件与被拒收的行；属于发送它们的系统。",
    ),
}
"""What lies outside the schema `ops` and is not exported."""


def why_left_out(table: str, column: str) -> Reason | None:
    """Why a column is never exported; None where it is."""
    return LEFT_OUT_COLUMNS.get(f"{table}.{column}") or LEFT_OUT_COLUMNS.get(column)


def treatment(table: str, column: str) -> Treatment | None:
    """What becomes of a column of text in an export without personal data; None = it is exported as it is."""
    named = f"{table}.{column}"
    if named in PERSONAL:
        return PERSONAL[named]
    return None if named in HARMLESS_TEXTS or column in HARMLESS_TEXTS else "left_out"
