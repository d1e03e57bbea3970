"""The facts a condition may ask about: what each is called, and of which kind its value is.

The service puts them together for a ticket. To them come every piece of data given in an earlier step, under the key of
its field, and every answer of the report form, under `form_` and its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from ops_db.process.data_fields import DataField, FieldKind
from ops_db.process.definition import Definition
from ops_db.process.text import Text

FactKind = Literal["text", "integer", "money", "boolean", "date"]
OptionSource = Literal[
    "project",
    "building",
    "area",
    "channel",
    "severity",
    "category",
    "component",
    "defect",
    "trade",
    "unit_type",
    "crew",
    "staff",
    "dispatch_mode",
]
OPTION_SOURCES: Final[tuple[str, ...]] = get_args(OptionSource)

FORM_PREFIX: Final = "form_"
NEVER_KEPT: Final = frozenset({"note", "reason", "comment", "timer"})
"""Given with an action and said in its event, but nothing a later condition asks about."""

STAFF_IDS: Final = "staff_ids"
"""Fact that is no condition's: the id of each staff number the definition names (`Definition.staff_numbers`)."""

CREW_IDS: Final = "crew_ids"
"""Fact that is no condition's: the id of each crew code the definition names (`Definition.crew_codes`)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact; `options` says which master data or list of the vocabulary its values come from."""

    name: str
    kind: FactKind
    label: Text
    options: OptionSource | None = None


def _fact(name: str, kind: FactKind, zh: str, en: str, options: OptionSource | None = None) -> Fact:
    return Fact(name, kind, Text(zh=zh, en=en), options)


FACTS: Final[dict[str, Fact]] = {
    fact.name: fact
    for fact in (
        _fact("project_code", "text", "项目", "Project", "project"),
        _fact("building_code", "text", "楼栋", "Building", "building"),
        _fact("area_code", "text", "片区", "Area", "area"),
        _fact("channel", "text", "报修渠道", "Channel", "channel"),
        _fact("severity", "text", "紧急程度", "Severity", "severity"),
        _fact("category_code", "text", "问题类别", "Category", "category"),
        _fact("component_code", "text", "部位", "Component", "component"),
        _fact("defect_code", "text", "缺陷", "Defect", "defect"),
        _fact("trade", "text", "专业工种", "Trade", "trade"),
        _fact("is_public_area", "boolean", "公共区域", "Shared part of the building"),
        _fact("unit_type_code", "text", "户型", "Unit type", "unit_type"),
        _fact("floor", "integer", "楼层", "Floor"),
        _fact("months_since_handover", "integer", "交付后月数", "Months since handover"),
        _fact("is_in_owner_warranty", "boolean", "业主保修期内", "Within the owner's warranty"),
        _fact("is_in_contractor_warranty", "boolean", "施工方质保期内", "Within the contractor's warranty"),
        _fact("owner_warranty_days_left", "integer", "业主保修剩余天数", "Days left of the owner's warranty"),
        _fact(
            "contractor_warranty_days_left", "integer", "施工方质保剩余天数", "Days left of the contractor's warranty"
        ),
        _fact("cost_fen", "money", "已发生费用", "Cost so far"),
        _fact("estimated_cost_fen", "money", "预估费用", "Estimated cost"),
        _fact("material_cost_fen", "money", "材料费用", "Cost of material"),
        _fact("open_cost_fen", "money", "未结清费用", "Costs not settled"),
        _fact("needs_purchase", "boolean", "需要采购物料", "Material must be bought"),
        _fact("dispatch_mode", "text", "派单方式", "Mode of dispatch", "dispatch_mode"),
        _fact("dispatch_crew_id", "text", "派单规则选定的班组", "Crew chosen by the dispatch rules", "crew"),
        _fact(
            "dispatch_technician_id", "text", "派单规则选定的师傅", "Technician chosen by the dispatch rules", "staff"
        ),
        _fact("area_lead_id", "text", "片区负责人", "Lead of the area", "staff"),
        _fact("photo_count", "integer", "照片数", "Photos"),
        _fact("photo_before_count", "integer", "维修前照片数", "Photos from before the repair"),
        _fact("photo_after_count", "integer", "维修后照片数", "Photos from after the repair"),
        _fact("signature_count", "integer", "签名数", "Signatures"),
        _fact("material_count", "integer", "物料登记数", "Entries of material"),
        _fact("material_request_count", "integer", "物料申请数", "Material requested"),
        _fact("material_reserved_count", "integer", "已预留未出库物料数", "Material reserved and not issued"),
        _fact("cost_entry_count", "integer", "费用登记数", "Entries of cost"),
        _fact("message_count", "integer", "消息数", "Messages"),
    )
}
"""Every fact of a ticket, by its name."""

_KIND_OF_FIELD: Final[dict[FieldKind, FactKind]] = {
    "text": "text",
    "long_text": "text",
    "integer": "integer",
    "money": "money",
    "boolean": "boolean",
    "choice": "text",
    "date": "date",
    "date_time": "date",
    "technician": "text",
    "crew": "text",
    "staff": "text",
    "role": "text",
}


def kind_of_field(kind: FieldKind) -> FactKind:
    """The kind of the fact that a field of this kind becomes."""
    return _KIND_OF_FIELD[kind]


def asked_fields(definition: Definition) -> list[tuple[str, DataField]]:
    """Every field some step or control asks for, with the node or `controls[n]` it stands in."""
    found = [(node.key, one) for node in definition.tasks.values() for choice in node.choices for one in choice.fields]
    found += [(node.key, one) for node in definition.approvals.values() for one in node.fields]
    found += [(f"controls[{n}]", one) for n, control in enumerate(definition.controls) for one in control.fields]
    return found
