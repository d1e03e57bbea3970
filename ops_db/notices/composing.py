"""The words of a notice and whom it is for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from core.process_vocabulary import RecipientKind, TimerAction
from ops_db.process.definition import ApprovalNode, Definition, NoticeNode, TaskNode
from ops_db.process.node_parts import NodeTimer
from ops_db.process.state import Notice, Step, Token
from ops_db.process.text import Text

ASSIGNEE: Final = "assignee"
_STAFF: Final = "staff"

_WORDS_OF_TIMER: Final = {
    "warn": Text(zh="提醒：{title}", en="Reminder: {title}"),
    "escalate": Text(zh="超时上报：{title}", en="Escalated: {title}"),
}
_WAITED: Final = {
    "opened": Text(zh="该步骤已等待 {zh}。", en="This step has waited {en}."),
    "before_due": Text(zh="距到期还有 {zh}。", en="It is due in {en}."),
    "after_due": Text(zh="已超过时限 {zh}。", en="It is {en} past its due time."),
}


def notice_rows(step: Step, definition: Definition) -> list[dict[str, Any]]:
    """One row for each recipient of each notice of a step; members of staff become accounts where it is written."""
    rows = []
    for notice in step.notices:
        title, body = words_of(notice, definition)
        words = {"title_zh": title.zh, "title_en": title.en, "body_zh": body.zh, "body_en": body.en}
        event_version = step.events[0].version
        for recipient in notice.to:
            told = _recipients(recipient, notice, step, definition)
            rows += [{"event_version": event_version, **whom, **words} for whom in told]
    return rows


def words_of(notice: Notice, definition: Definition) -> tuple[Text, Text]:
    """Title and body: those of a notice node, or of the timer's text, else what the clock says of the step."""
    node = definition.by_key[notice.node_key]
    if isinstance(node, NoticeNode):
        return node.title, node.body
    if not isinstance(node, TaskNode | ApprovalNode):
        raise TypeError(f"{node.key} tells nobody anything")
    timer = next(one for one in node.timers if one.key == notice.timer_key)
    title = _WORDS_OF_TIMER[timer.do]
    filled = Text(zh=title.zh.format(title=node.title.zh), en=title.en.format(title=node.title.en))
    return filled, timer.text or _waited(timer)


def failed_words(action: TimerAction) -> tuple[Text, Text]:
    """Title and body for whoever has to do by hand what a timer could not."""
    title = Text(zh=f"未能自动执行：{action.label('zh-CN')}", en=f"A clock could not act: {action.label('en')}")
    body = Text(
        zh="到时的动作被拒绝，工单仍停在该步骤。请打开工单人工处理。",
        en="What was due was refused, and the ticket stays where it is. Open it and take the step by hand.",
    )
    return title, body


def _waited(timer: NodeTimer) -> Text:
    words = _WAITED[timer.since]
    length = length_in_words(timer.minutes)
    return Text(zh=words.zh.format(zh=length.zh), en=words.en.format(en=length.en))


def length_in_words(minutes: int) -> Text:
    """So many minutes as hours and minutes; never as days, which a working calendar counts otherwise."""
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "小时", "hour"), (rest, "分钟", "minute")]
    said = [part for part in parts if part[0]] or parts[1:]
    return Text(
        zh=" ".join(f"{count} {zh}" for count, zh, _ in said),
        en=" ".join(f"{count} {en}{'' if count == 1 else 's'}" for count, _, en in said),
    )


def _recipients(recipient: str, notice: Notice, step: Step, definition: Definition) -> Iterator[dict[str, Any]]:
    if recipient == RecipientKind.OWNER:
        yield {"kind": RecipientKind.OWNER.value}
    elif recipient != ASSIGNEE:
        yield {"kind": RecipientKind.ROLE.value, "role_code": recipient}
    else:
        token = _token(notice, step)
        yield from _assignees(token, definition) if token else ()


def _token(notice: Notice, step: Step) -> Token | None:
    tokens = [*step.state.tokens, *(ended.token for ended in step.ended)]
    if notice.token_id is not None:
        return next((token for token in tokens if token.id == notice.token_id), None)
    return next((token for token in reversed(tokens) if token.technician_id or token.crew_id), None)


def _assignees(token: Token, definition: Definition) -> Iterator[dict[str, Any]]:
    """Whose step it is: those still asked at an approval, else the technician or crew, else the role."""
    pending = [signer for signer in token.signers if signer.state == "pending"]
    for signer in pending:
        if signer.staff_id:
            yield {"kind": _STAFF, "staff_id": signer.staff_id}
        else:
            yield {"kind": RecipientKind.ROLE.value, "role_code": signer.role}
    if not pending and (token.technician_id or token.crew_id):
        yield {"kind": _STAFF, "staff_id": token.technician_id, "crew_id": token.crew_id}
    elif not pending and token.node_key in definition.tasks:
        yield {"kind": RecipientKind.ROLE.value, "role_code": token.role or definition.tasks[token.node_key].role}
