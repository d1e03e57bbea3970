"""The words of dispatch, warranty, material and settlement; `core/vocabulary.py` has those every subject shares."""

from __future__ import annotations

from core.vocabulary import Term


class DispatchMode(Term):
    """How a ticket finds its technician."""

    ASSIGN = "assign", "自动指派", "Assign at once"
    SUGGEST = "suggest", "系统推荐", "Suggest to the desk"
    GRAB = "grab", "班组抢单", "Offer to the crew"


class CrewSource(Term):
    """Which crew a rule of dispatch means."""

    ANY = "any", "服务本项目的班组", "Any crew of the project"
    NAMED = "named", "指定班组", "The crew named"
    BUILDER = "builder", "施工责任单位的班组", "The builder's own crew"


class AbsenceReason(Term):
    """Why a member of staff is away."""

    VACATION = "vacation", "休假", "Vacation"
    ILLNESS = "illness", "病假", "Illness"
    TRAINING = "training", "培训", "Training"
    OTHER = "other", "其他", "Other"


class WarrantyClock(Term):
    """Who owes the repair: the developer to the owner from handover, or the builder from completion acceptance."""

    OWNER = "owner", "业主保修", "Owner's warranty"
    CONTRACTOR = "contractor", "责任单位保修", "Contractor's warranty"


class WarrantySeason(Term):
    """What a warranty counts whole seasons of."""

    HEATING = "heating", "采暖期", "Heating season"
    COOLING = "cooling", "供冷期", "Cooling season"


class MaterialRequestState(Term):
    """Where a request for material stands."""

    OPEN = "open", "待处理", "Open"
    DONE = "done", "已完成", "Done"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class MaterialMove(Term):
    """What happens to material on its way to a repair."""

    RESERVE = "reserve", "预留", "Reserve"
    RELEASE = "release", "取消预留", "Release"
    ISSUE = "issue", "出库", "Issue"
    RETURN = "return", "退库", "Return"


class SettlementKind(Term):
    """How a cost is done with."""

    COLLECTED = "collected", "业主已付", "Collected from the owner"
    CHARGED = "charged", "责任单位已扣款", "Charged to the contractor"
    BORNE = "borne", "开发商承担", "Borne by the developer"
    WRITTEN_OFF = "written_off", "核销", "Written off"
