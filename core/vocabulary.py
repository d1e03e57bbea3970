"""The words of the trade: one name per thing, in both languages.

Every closed list of codes that a table, a page or a mart uses stands here once. The database repeats
these lists only as CHECK constraints generated from them, and the cockpits take their labels from here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A code with its Chinese and English label."""

    zh: str
    en: str

    def __new__(cls, code: str, zh: str = "", en: str = "") -> Self:
        """Make the member equal to its code and hang both labels on it."""
        term = str.__new__(cls, code)
        term._value_ = code
        term.zh = zh
        term.en = en
        return term

    def label(self, language: str) -> str:
        """Return the label in `language` (anything but Chinese reads English)."""
        return self.zh if language.lower().startswith("zh") else self.en

    @classmethod
    def codes(cls) -> tuple[str, ...]:
        """Return all codes in the order of the list."""
        return tuple(member.value for member in cls)


class TicketState(Term):
    """Where a ticket stands as a whole; the node of its process says the rest."""

    OPEN = "open", "处理中", "Open"
    CLOSED = "closed", "已关闭", "Closed"
    REJECTED = "rejected", "已驳回", "Rejected"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class OwnerStatus(Term):
    """What the owner sees of the process, like the stations of a parcel."""

    RECEIVED = "received", "已提交", "Received"
    ACCEPTED = "accepted", "已受理", "Accepted"
    DISPATCHED = "dispatched", "已派单", "Dispatched"
    ON_THE_WAY = "on_the_way", "工程师已出发", "Technician on the way"
    IN_REPAIR = "in_repair", "维修中", "In repair"
    TO_RATE = "to_rate", "待评价", "Waiting for rating"
    FOLLOW_UP = "follow_up", "回访中", "Follow-up"
    FINISHED = "finished", "已完成", "Finished"
    PAUSED = "paused", "暂停中", "Paused"
    REJECTED = "rejected", "不予受理", "Not accepted"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class Severity(Term):
    """How much harm waiting does."""

    EMERGENCY = "emergency", "特急", "Emergency"
    URGENT = "urgent", "紧急", "Urgent"
    NORMAL = "normal", "一般", "Normal"
    LOW = "low", "轻微", "Low"


class Channel(Term):
    """How a ticket reached the service desk."""

    PHONE = "phone", "电话", "Phone"
    PORTAL = "portal", "业主端", "Owner's page"
    QR = "qr", "扫码", "QR code"
    WECHAT = "wechat", "微信", "WeChat"
    DESK = "desk", "前台", "Front desk"
    INSPECTION = "inspection", "巡检", "Inspection"
    SENSOR = "sensor", "物联告警", "Sensor alarm"
    IMPORT = "import", "历史导入", "Imported history"


class TaskState(Term):
    """Where one step of a ticket's process stands."""

    OPEN = "open", "待办", "Open"
    DONE = "done", "已完成", "Done"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class Role(Term):
    """Who someone is to Anju; permissions hang on it."""

    DESK = "desk", "客服", "Service desk"
    SUPERVISOR = "supervisor", "维修主管", "Supervisor"
    TECHNICIAN = "technician", "维修师傅", "Technician"
    QUALITY = "quality", "质量工程师", "Quality engineer"
    FINANCE = "finance", "财务", "Finance"
    PROPERTY_LEAD = "property_lead", "物业工程主管", "Property engineering lead"
    AREA_LEAD = "area_lead", "片区负责人", "Area lead"
    WAREHOUSE = "warehouse", "仓管员", "Warehouse keeper"
    MANAGER = "manager", "业务经理", "Operations manager"
    EXECUTIVE = "executive", "管理层", "Executive"
    ADMINISTRATOR = "administrator", "系统管理员", "Administrator"
    OWNER = "owner", "业主", "Owner"
    SYSTEM = "system", "系统", "System"


class Permission(Term):
    """What an account may do; routes and pages declare one of these."""

    TICKET_READ = "ticket:read", "查看工单", "Read tickets"
    TICKET_CREATE = "ticket:create", "新建工单", "Create tickets"
    TICKET_ACT = "ticket:act", "处理工单", "Act on tickets"
    TICKET_DISPATCH = "ticket:dispatch", "派单", "Dispatch tickets"
    TICKET_MESSAGE = "ticket:message", "发送消息", "Write messages"
    TICKET_RATE = "ticket:rate", "评价", "Rate"
    CALL_LOG = "call:log", "登记来电", "Log calls"
    ESTATE_READ = "estate:read", "查看房产", "Read the estate"
    PERSON_READ = "person:read", "查看联系人(脱敏)", "Read people, masked"
    PERSON_REVEAL = "person:reveal", "查看联系人明文", "Reveal personal data"
    COST_READ = "cost:read", "查看费用", "Read costs"
    COST_WRITE = "cost:write", "登记费用", "Enter costs"
    COCKPIT_EXECUTIVE = "cockpit:executive", "管理驾驶舱", "Executive cockpit"
    COCKPIT_QUALITY = "cockpit:quality", "质量驾驶舱", "Quality cockpit"
    ACCOUNT_MANAGE = "account:manage", "账号管理", "Manage accounts"
    PROCESS_MANAGE = "process:manage", "流程管理", "Manage processes"
    FORM_MANAGE = "form:manage", "表单管理", "Manage forms"
    DISPATCH_MANAGE = "dispatch:manage", "派单规则管理", "Manage dispatch rules"
    CLOCK_MANAGE = "clock:manage", "日历与时限管理", "Manage calendars and service levels"
    WARRANTY_MANAGE = "warranty:manage", "质保条款管理", "Manage warranty terms"
    MATERIAL_REQUEST = "material:request", "申请物料", "Request material"
    MATERIAL_ISSUE = "material:issue", "发放物料", "Issue material"
    COST_SETTLE = "cost:settle", "费用结算与核销", "Settle and write off costs"
    ROLE_MANAGE = "role:manage", "角色与权限管理", "Manage roles and permissions"
    WEBHOOK_MANAGE = "webhook:manage", "接口与推送管理", "Manage webhooks and integrations"
    AUDIT_READ = "audit:read", "查看审计日志", "Read the audit log"


ROLE_PERMISSIONS: dict[Role, tuple[Permission, ...]] = {
    Role.DESK: (
        Permission.TICKET_READ,
        Permission.TICKET_CREATE,
        Permission.TICKET_ACT,
        Permission.TICKET_DISPATCH,
        Permission.TICKET_MESSAGE,
        Permission.TICKET_RATE,
        Permission.CALL_LOG,
        Permission.ESTATE_READ,
        Permission.PERSON_READ,
        Permission.PERSON_REVEAL,
    ),
    Role.SUPERVISOR: (
        Permission.TICKET_READ,
        Permission.TICKET_CREATE,
        Permission.TICKET_ACT,
        Permission.TICKET_DISPATCH,
        Permission.TICKET_MESSAGE,
        Permission.ESTATE_READ,
        Permission.PERSON_READ,
        Permission.PERSON_REVEAL,
        Permission.COST_READ,
        Permission.COST_WRITE,
        Permission.MATERIAL_REQUEST,
        Permission.COCKPIT_QUALITY,
    ),
    Role.TECHNICIAN: (
        Permission.TICKET_READ,
        Permission.TICKET_ACT,
        Permission.TICKET_MESSAGE,
        Permission.ESTATE_READ,
        Permission.PERSON_READ,
        Permission.COST_WRITE,
        Permission.MATERIAL_REQUEST,
    ),
    Role.QUALITY: (
        Permission.TICKET_READ,
        Permission.TICKET_ACT,
        Permission.ESTATE_READ,
        Permission.PERSON_READ,
        Permission.COST_READ,
        Permission.COCKPIT_QUALITY,
    ),
    Role.FINANCE: (
        Permission.TICKET_READ,
        Permission.TICKET_ACT,
        Permission.ESTATE_READ,
        Permission.COST_READ,
        Permission.COST_WRITE,
        Permission.COST_SETTLE,
        Permission.COCKPIT_EXECUTIVE,
    ),
    Role.PROPERTY_LEAD: (
        Permission.TICKET_READ,
        Permission.TICKET_ACT,
        Permission.TICKET_DISPATCH,
        Permission.TICKET_MESSAGE,
        Permission.ESTATE_READ,
        Permission.PERSON_READ,
        Permission.COST_READ,
        Permission.COST_WRITE,
        Permission.MATERIAL_REQUEST,
    ),
    Role.AREA_LEAD: (
        Permission.TICKET_READ,
        Permission.TICKET_ACT,
        Permission.TICKET_DISPATCH,
        Permission.TICKET_MESSAGE,
        Permission.ESTATE_READ,
        Permission.PERSON_READ,
        Permission.COST_READ,
        Permission.COST_WRITE,
        Permission.MATERIAL_REQUEST,
    ),
    Role.WAREHOUSE: (
        Permission.TICKET_READ,
        Permission.TICKET_ACT,
        Permission.ESTATE_READ,
        Permission.MATERIAL_REQUEST,
        Permission.MATERIAL_ISSUE,
    ),
    Role.MANAGER: (
        Permission.TICKET_READ,
        Permission.TICKET_ACT,
        Permission.ESTATE_READ,
        Permission.COST_READ,
        Permission.COCKPIT_QUALITY,
        Permission.PROCESS_MANAGE,
        Permission.FORM_MANAGE,
        Permission.DISPATCH_MANAGE,
        Permission.CLOCK_MANAGE,
        Permission.WARRANTY_MANAGE,
        Permission.AUDIT_READ,
    ),
    Role.EXECUTIVE: (
        Permission.TICKET_READ,
        Permission.TICKET_ACT,
        Permission.ESTATE_READ,
        Permission.COST_READ,
        Permission.COCKPIT_EXECUTIVE,
        Permission.COCKPIT_QUALITY,
    ),
    Role.ADMINISTRATOR: tuple(Permission),
    Role.OWNER: (),
    Role.SYSTEM: (),
}
"""What each role may do when an installation is new; administrators change it in the database."""


class ActorKind(Term):
    """Who caused an event."""

    ACCOUNT = "account", "员工", "Staff"
    OWNER = "owner", "业主", "Owner"
    TOKEN = "token", "接口", "Integration"
    SYSTEM = "system", "系统", "System"


class HouseholdRole(Term):
    """What a person is to a home."""

    OWNER = "owner", "业主", "Owner"
    FAMILY = "family", "家属", "Family member"
    TENANT = "tenant", "租户", "Tenant"


class StaffKind(Term):
    """What a member of staff does."""

    AGENT = "agent", "客服专员", "Service agent"
    TECHNICIAN = "technician", "维修师傅", "Technician"
    SUPERVISOR = "supervisor", "维修主管", "Supervisor"
    AREA_LEAD = "area_lead", "片区负责人", "Area lead"
    MANAGER = "manager", "管理人员", "Manager"


class Trade(Term):
    """A craft: what a technician can do and what a component asks for."""

    WATERPROOFING = "waterproofing", "防水", "Waterproofing"
    PLUMBING = "plumbing", "水暖", "Plumbing"
    ELECTRICAL = "electrical", "强弱电", "Electrical"
    MASONRY = "masonry", "土建", "Masonry"
    CARPENTRY = "carpentry", "木作门窗", "Carpentry, doors and windows"
    FINISHING = "finishing", "精装饰面", "Finishing"
    EQUIPMENT = "equipment", "设备", "Equipment"
    LIFT = "lift", "电梯", "Lifts"


class SpaceKind(Term):
    """A room of a home, or a part of a building that all share."""

    LIVING_ROOM = "living_room", "客厅", "Living room"
    BEDROOM = "bedroom", "卧室", "Bedroom"
    KITCHEN = "kitchen", "厨房", "Kitchen"
    BATHROOM = "bathroom", "卫生间", "Bathroom"
    BALCONY = "balcony", "阳台", "Balcony"
    ENTRANCE = "entrance", "玄关", "Entrance"
    LOBBY = "lobby", "大堂", "Lobby"
    STAIRCASE = "staircase", "楼梯间", "Staircase"
    LIFT_SHAFT = "lift_shaft", "电梯井", "Lift shaft"
    ROOF = "roof", "屋面", "Roof"
    FACADE = "facade", "外立面", "Facade"
    BASEMENT = "basement", "地下室", "Basement"
    OUTDOOR = "outdoor", "室外公区", "Outdoors"


class CostKind(Term):
    """What a cost entry paid for."""

    LABOUR = "labour", "人工", "Labour"
    MATERIAL = "material", "材料", "Material"
    SUBCONTRACT = "subcontract", "分包", "Subcontract"
    COMPENSATION = "compensation", "赔付", "Compensation"


class CostPayer(Term):
    """Who bears a cost in the end."""

    DEVELOPER = "developer", "开发商", "Developer"
    CONTRACTOR = "contractor", "责任单位", "Contractor"
    OWNER = "owner", "业主", "Owner"


class VisitPurpose(Term):
    """Why somebody went to the home."""

    SURVEY = "survey", "现场勘查", "Site survey"
    REPAIR = "repair", "维修", "Repair"


class VisitOutcome(Term):
    """How a visit ended."""

    SURVEYED = "surveyed", "已勘查", "Surveyed"
    FIXED = "fixed", "已修复", "Fixed"
    NOT_FIXED = "not_fixed", "未修复", "Not fixed"
    NO_ACCESS = "no_access", "无人在家", "No access"


class CallDirection(Term):
    """Who called whom."""

    INBOUND = "inbound", "呼入", "Inbound"
    OUTBOUND = "outbound", "呼出", "Outbound"


class PauseReason(Term):
    """Why the clock of a ticket stands."""

    WAITING_OWNER = "waiting_owner", "等待业主", "Waiting for the owner"
    WAITING_MATERIAL = "waiting_material", "等待材料", "Waiting for material"
    WAITING_CONTRACTOR = "waiting_contractor", "等待责任单位", "Waiting for the contractor"
    WEATHER = "weather", "天气原因", "Weather"


class AttachmentPurpose(Term):
    """What a photo or file shows."""

    REPORT = "report", "报修照片", "Report"
    BEFORE = "before", "维修前", "Before the repair"
    AFTER = "after", "维修后", "After the repair"
    SIGNATURE = "signature", "签名", "Signature"
    OTHER = "other", "其他", "Other"


class TimePrecision(Term):
    """How exactly an instant is known; an older system may have kept only the day."""

    SECOND = "second", "精确到秒", "To the second"
    DAY = "day", "仅日期", "Date only"


class DefinitionState(Term):
    """Where a versioned definition stands; published ones never change."""

    DRAFT = "draft", "草稿", "Draft"
    PUBLISHED = "published", "已发布", "Published"
    RETIRED = "retired", "已停用", "Retired"


class DeliveryState(Term):
    """Where a message to another system stands."""

    WAITING = "waiting", "待发送", "Waiting"
    DELIVERED = "delivered", "已送达", "Delivered"
    DEAD = "dead", "投递失败", "Undeliverable"


class SlaTarget(Term):
    """What a service level promises."""

    ACKNOWLEDGE = "acknowledge", "受理", "Acknowledge"
    ARRIVE = "arrive", "到场", "Arrive"
    RESOLVE = "resolve", "解决", "Resolve"


NOUNS: dict[str, tuple[str, str]] = {
    "project": ("项目", "Project"),
    "building": ("楼栋", "Building"),
    "unit": ("户", "Home"),
    "unit_type": ("户型", "Unit type"),
    "space": ("部位", "Space"),
    "component": ("部件", "Component"),
    "ticket": ("工单", "Ticket"),
    "task": ("任务", "Task"),
    "visit": ("上门", "Visit"),
    "crew": ("班组", "Crew"),
    "technician": ("维修师傅", "Technician"),
    "contractor": ("责任单位", "Contractor"),
    "material_batch": ("材料批次", "Material batch"),
    "handover": ("交付", "Handover"),
    "completion_acceptance": ("竣工验收", "Completion acceptance"),
    "owner": ("业主", "Owner"),
    "service_desk": ("客服", "Service desk"),
    "category": ("问题大类", "Category"),
    "defect": ("缺陷", "Defect"),
    "rating": ("评价", "Rating"),
    "cost": ("费用", "Cost"),
    "call": ("来电", "Call"),
}
"""The things of the trade with their Chinese and English names."""
