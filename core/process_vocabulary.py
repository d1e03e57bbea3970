"""The words of a running process: what rests at its nodes, who signs, what the clock does and whom it tells.

They belong to `core.vocabulary` and stand apart because only those who run processes need them.
"""

from __future__ import annotations

from core.vocabulary import Term


class TaskKind(Term):
    """What rests at a node: a step somebody does, a decision, or a token that waits for the clock or its siblings."""

    TASK = "task", "任务", "Task"
    APPROVAL = "approval", "审批", "Approval"
    TIMER = "timer", "等待", "Wait"
    JOIN = "join", "汇合", "Join"


class SignerState(Term):
    """Where one signer of an approval stands."""

    WAITING = "waiting", "未轮到", "Not yet asked"
    PENDING = "pending", "待审批", "To decide"
    APPROVED = "approved", "已同意", "Approved"
    DECLINED = "declined", "不同意", "Declined"
    DELEGATED = "delegated", "已转交", "Handed on"


class TimerAction(Term):
    """What a timer does when it is due."""

    WARN = "warn", "提醒", "Warn"
    ESCALATE = "escalate", "上报", "Escalate"
    ADVANCE = "advance", "自动流转", "Go on by itself"
    REASSIGN = "reassign", "转派", "Give to others"
    GO_ON = "go_on", "等待结束", "Wait over"


class TimerState(Term):
    """Where a timer stands; a held one waits for its ticket to be resumed."""

    PLANNED = "planned", "计时中", "Running"
    HELD = "held", "暂停计时", "Held"
    FIRED = "fired", "已触发", "Fired"
    CANCELLED = "cancelled", "已撤销", "Withdrawn"
    FAILED = "failed", "未能执行", "Failed"


class RecipientKind(Term):
    """Whom a notice is for."""

    ROLE = "role", "角色", "Role"
    ACCOUNT = "account", "账号", "Account"
    OWNER = "owner", "业主", "Owner"
