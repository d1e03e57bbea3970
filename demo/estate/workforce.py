"""Who serves the estate: crews and technicians, supervisors, the desk, and the accounts they sign in with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from core.vocabulary import Role, StaffKind, Trade
from demo.estate.construction import Construction
from demo.estate.draws import Integers, instants, labels, stream, uuids
from demo.estate.faults import Faults
from demo.estate.names import person_names
from demo.estate.property import Property
from demo.estate.sizes import Size

_TRADES: Final = Trade.codes()
_PREFIXES: Final = {"agent": "A", "technician": "T", "supervisor": "S", "area_lead": "L", "manager": "M"}
_ROLE_OF_KIND: Final = {
    StaffKind.AGENT: Role.DESK,
    StaffKind.TECHNICIAN: Role.TECHNICIAN,
    StaffKind.SUPERVISOR: Role.SUPERVISOR,
    StaffKind.AREA_LEAD: Role.AREA_LEAD,
    StaffKind.MANAGER: Role.EXECUTIVE,
}
_HIRED: Final = 1_600_000_000
_NEW_DAYS: Final = 540

# The first of each kind signs in under these names, so that the demonstration has work of its own.
DEMO_STAFF: Final = {
    StaffKind.AGENT: "desk",
    StaffKind.TECHNICIAN: "technician",
    StaffKind.AREA_LEAD: "area.lead",
}
_AREAS: Final = ("第一片区", "第二片区", "第三片区")
# Login, name shown, role, and whether it sees the first project only.
DEMO_ACCOUNTS: Final = (
    ("supervisor", "维修主管(演示)", Role.SUPERVISOR, False),
    ("quality", "质量工程师(演示)", Role.QUALITY, False),
    ("executive", "管理层(演示)", Role.EXECUTIVE, False),
    ("finance", "财务(演示)", Role.FINANCE, False),
    ("manager", "业务经理(演示)", Role.MANAGER, False),
    ("warehouse", "仓管员(演示)", Role.WAREHOUSE, False),
    ("property.lead", "物业工程主管(演示)", Role.PROPERTY_LEAD, False),
    ("admin", "系统管理员(演示)", Role.ADMINISTRATOR, False),
    ("desk.one", "单项目客服(演示)", Role.DESK, True),
    ("supervisor.one", "单项目主管(演示)", Role.SUPERVISOR, True),
)
DEMO_LOGINS: Final = (*DEMO_STAFF.values(), *(account[0] for account in DEMO_ACCOUNTS))


@dataclass(frozen=True, slots=True)
class Workforce:
    """Frames and positions of staff; `able[offsets[g]:offsets[g + 1]]` can repair, g being project × trades + trade."""

    frames: dict[str, pl.DataFrame]
    staff_ids: pl.Series
    staff_crew: Integers
    account_ids: pl.Series
    project_supervisor: Integers
    agents: Integers
    offsets: Integers
    able: Integers


def employ(size: Size, seed: int, estate: Property, construction: Construction, faults: Faults) -> Workforce:
    """Staff the after-sales service of every project."""
    rng = stream(seed, "workforce")
    project_count = len(estate.project_codes)
    project_supervisor = _supervised(project_count, faults)
    supervisor_count = int(project_supervisor.max()) + 1
    crews, crew_projects = _crews(seed, estate, construction)
    strength = np.where(np.arange(crews.height) < project_count, size.technicians_per_project, 2)
    # The first technician is the demonstration's and should have work, so the crew with the newest homes comes first.
    order = np.argsort(np.arange(crews.height) != _busiest_project(estate), kind="stable")
    technician_crew = np.repeat(order, strength[order])
    kinds = [StaffKind.AGENT] * size.agent_count + [StaffKind.SUPERVISOR] * supervisor_count
    kinds += (
        [StaffKind.AREA_LEAD] * len(_AREAS) + [StaffKind.MANAGER] * 3 + [StaffKind.TECHNICIAN] * len(technician_crew)
    )
    first_technician = len(kinds) - len(technician_crew)
    staff_crew = np.full(len(kinds), -1)
    staff_crew[first_technician:] = technician_crew
    staff = _staff(seed, rng, kinds, staff_crew, crews["id"])
    skills = _skills(rng, technician_crew, crews, first_technician)
    skill_frame = pl.DataFrame(
        {
            "staff_id": staff["id"].gather([person for person, _ in skills]),
            "trade": [_TRADES[trade] for _, trade in skills],
        }
    )
    supervisors = size.agent_count + project_supervisor
    offsets, able = _who_is_able(project_count, staff_crew, crew_projects, skills)
    project_ids = estate.frames["project"]["id"]
    accounts, roles = _accounts(seed, staff, kinds, supervisors, crew_projects, staff_crew, project_ids)
    crew_project = pl.DataFrame(
        {
            "crew_id": crews["id"].gather([crew for crew, _ in crew_projects]),
            "project_id": project_ids.gather([project for _, project in crew_projects]),
        }
    )
    areas, area_ids = _areas(seed, staff, project_count, home=int(order[0]))
    return Workforce(
        frames={
            "area": areas,
            "project": estate.frames["project"].with_columns(area_id=area_ids),
            "crew": crews.drop("trade"),
            "crew_project": crew_project,
            "staff": staff,
            "technician_skill": skill_frame,
            "account": accounts,
            "account_role": roles,
        },
        staff_ids=staff["id"],
        staff_crew=staff_crew,
        account_ids=accounts["id"].head(len(kinds)),
        project_supervisor=supervisors,
        agents=np.arange(size.agent_count),
        offsets=offsets,
        able=able,
    )


def _supervised(project_count: int, faults: Faults) -> Integers:
    """Two projects a supervisor; the slow one, who is the first, has the projects the faults name."""
    others = [project for project in range(project_count) if project not in faults.supervisor_projects]
    supervisor = np.zeros(project_count, dtype=np.int64)
    supervisor[others] = np.arange(len(others)) // 2 + 1
    return supervisor


def _areas(seed: int, staff: pl.DataFrame, project_count: int, *, home: int) -> tuple[pl.DataFrame, pl.Series]:
    """Neighbouring projects as areas, each with a lead, and the area of every project.

    The first lead, who is the demonstration's, has the project `home`, where the demonstration's technician works.
    """
    area_of = np.arange(project_count) * len(_AREAS) // max(project_count, len(_AREAS))
    count = int(area_of[-1]) + 1
    leads = staff.filter(pl.col("kind") == StaffKind.AREA_LEAD.value)["id"]
    ids = uuids(stream(seed, "area ids"), np.full(count, _HIRED))
    frame = pl.DataFrame(
        {
            "id": ids,
            "code": [f"A{index + 1}" for index in range(count)],
            "name": list(_AREAS[:count]),
            "lead_staff_id": leads.gather([(index - int(area_of[home])) % count for index in range(count)]),
        }
    )
    return frame, ids.gather(area_of)


def _crews(seed: int, estate: Property, construction: Construction) -> tuple[pl.DataFrame, list[tuple[int, int]]]:
    """One crew of our own a project, and of a few contractors one that goes wherever that company built."""
    names = estate.frames["project"]["name"].to_list()
    own = [(f"BZ{index + 1:03d}", f"{name.removeprefix('安屿·')}维修班", -1, -1) for index, name in enumerate(names)]
    contractors = construction.frames["contractor"]
    chosen = np.unique(construction.contractor)[::4].tolist()
    outside = [
        (
            f"WB{index + 1:03d}",
            f"{contractors['name'][company][:2]}保修班",
            company,
            construction.contractor_trade[company],
        )
        for index, company in enumerate(chosen)
    ]
    rows = own + outside
    projects = [(index, index) for index in range(len(own))]
    for position, company in enumerate(chosen):
        built = np.unique(estate.building_project[(construction.contractor == company).any(axis=1)])
        projects += [(len(own) + position, int(project)) for project in built]
    frame = pl.DataFrame(
        {
            "id": uuids(stream(seed, "crew ids"), np.full(len(rows), _HIRED)),
            "code": [row[0] for row in rows],
            "name": [row[1] for row in rows],
            "contractor_id": labels(contractors["id"], np.array([row[2] for row in rows])),
            "trade": [int(row[3]) for row in rows],
        }
    )
    return frame, projects


def _busiest_project(estate: Property) -> int:
    """The project with most homes of the last year and a half, in which most breaks."""
    newest = estate.unit_handover_day.max()
    is_new = estate.unit_handover_day > newest - _NEW_DAYS
    return int(np.bincount(estate.unit_project[is_new], minlength=len(estate.project_codes)).argmax())


def _staff(
    seed: int, rng: np.random.Generator, kinds: list[StaffKind], staff_crew: Integers, crew_ids: pl.Series
) -> pl.DataFrame:
    seen: dict[str, int] = {}
    numbers = []
    for kind in kinds:
        seen[kind] = seen.get(kind, 0) + 1
        numbers.append(f"{_PREFIXES[kind]}{seen[kind]:04d}")
    return pl.DataFrame(
        {
            "id": uuids(stream(seed, "staff ids"), np.full(len(kinds), _HIRED)),
            "staff_number": numbers,
            "name": person_names(rng, len(kinds)),
            "work_phone": [f"400-000-0160-{index + 1001}" for index in range(len(kinds))],
            "kind": [kind.value for kind in kinds],
            "crew_id": labels(crew_ids, staff_crew),
        }
    )


def _skills(
    rng: np.random.Generator, technician_crew: Integers, crews: pl.DataFrame, first_technician: int
) -> list[tuple[int, int]]:
    """Staff and trade: a crew of ours covers all trades between them, a contractor's crew its own and a neighbour."""
    crew_trade = crews["trade"].to_list()
    skills = []
    for position, crew in enumerate(technician_crew.tolist()):
        if position == 0:
            # The demonstration's technician does whatever comes, so that there is something on the list.
            trades = set(range(len(_TRADES)))
        elif crew_trade[crew] >= 0:
            trades = {crew_trade[crew], int(rng.integers(len(_TRADES)))}
        else:
            trades = {position * 2 % len(_TRADES), (position * 2 + 1) % len(_TRADES), int(rng.integers(len(_TRADES)))}
        skills += [(first_technician + position, trade) for trade in sorted(trades)]
    return skills


def _who_is_able(
    project_count: int, staff_crew: Integers, crew_projects: list[tuple[int, int]], skills: list[tuple[int, int]]
) -> tuple[Integers, Integers]:
    serves: dict[int, list[int]] = {}
    for crew, project in crew_projects:
        serves.setdefault(crew, []).append(project)
    groups: list[list[int]] = [[] for _ in range(project_count * len(_TRADES))]
    for person, trade in skills:
        for project in serves[int(staff_crew[person])]:
            groups[project * len(_TRADES) + trade].append(person)
    offsets = np.concatenate([[0], np.cumsum([len(group) for group in groups])])
    return offsets, np.array([person for group in groups for person in group])


def _accounts(
    seed: int,
    staff: pl.DataFrame,
    kinds: list[StaffKind],
    supervisors: Integers,
    crew_projects: list[tuple[int, int]],
    staff_crew: Integers,
    project_ids: pl.Series,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """An account for each member of staff, then those that belong to the demonstration alone."""
    logins = [number.lower() for number in staff["staff_number"]]
    for kind, login in DEMO_STAFF.items():
        logins[kinds.index(kind)] = login
    logins += [account[0] for account in DEMO_ACCOUNTS]
    names = staff["name"].to_list() + [account[1] for account in DEMO_ACCOUNTS]
    owner = np.arange(len(logins))
    owner[len(kinds) :] = -1
    ids = uuids(stream(seed, "account ids"), np.full(len(logins), _HIRED))
    accounts = pl.DataFrame(
        {
            "id": ids,
            "login": logins,
            "display_name": names,
            "staff_id": labels(staff["id"], owner),
            "created_at": instants(np.full(len(logins), _HIRED)),
        }
    )
    scopes: list[tuple[int, Role, int]] = []
    for index, kind in enumerate(kinds):
        if kind == StaffKind.SUPERVISOR:
            projects = np.flatnonzero(supervisors == index).tolist()
        elif kind == StaffKind.TECHNICIAN:
            projects = [project for crew, project in crew_projects if crew == staff_crew[index]]
        else:
            projects = [-1]
        scopes += [(index, _ROLE_OF_KIND[kind], project) for project in projects]
    scopes += [(len(kinds) + index, row[2], 0 if row[3] else -1) for index, row in enumerate(DEMO_ACCOUNTS)]
    roles = pl.DataFrame(
        {
            "account_id": ids.gather([scope[0] for scope in scopes]),
            "role_code": [scope[1].value for scope in scopes],
            "project_id": labels(project_ids, np.array([scope[2] for scope in scopes])),
        }
    )
    return accounts, roles
