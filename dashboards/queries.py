"""The only statements of the cockpits: lists of names for filters and labels, read from the published dimensions.

Figures are never asked for here; they come from the measures.
"""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from core.warehouse import Build, Reader
from dashboards.names import Names

_READER: Final = Reader()

# Each statement gives code, Chinese name and English name of one field. A reader who may see some projects only finds
# in it what those projects have; `$scope` is null for one who may see all.
_STATEMENTS: Final = {
    "project": """
        select project_code, project_name, project_name from marts.dim_projects
        where $scope is null or list_contains($scope, project_code) order by 1""",
    "category": """
        select category_code, category_name_zh, category_name_en from marts.dim_categories
        where category_code in (
            select category_code from marts.fct_tickets where $scope is null or list_contains($scope, project_code)
        )
        order by 1""",
    "component": """
        select component_code, component_name_zh, component_name_en, category_code from marts.dim_components
        where component_code in (
            select component_code from marts.fct_tickets where $scope is null or list_contains($scope, project_code)
        )
        order by 4, 1""",
    "defect": """
        select defect_code, defect_name_zh, defect_name_en from marts.dim_defects
        where defect_code in (
            select defect_code from marts.fct_tickets where $scope is null or list_contains($scope, project_code)
        )
        order by 1""",
    "unit_type": """
        select full_unit_type_code, project_code || ' ' || unit_type_code, project_code || ' ' || unit_type_code
        from marts.dim_unit_types where $scope is null or list_contains($scope, project_code) order by 1""",
    "contractor": """
        select contractor_code, contractor_name, contractor_name from marts.dim_contractors
        where contractor_code in (
            select contractor_code from marts.fct_tickets where $scope is null or list_contains($scope, project_code)
        )
        order by 2""",
}


@st.cache_data(ttl=3600, max_entries=200, show_spinner=False)
def names(build_id: str, scope: tuple[str, ...] | None, _build: Build) -> Names:  # noqa: ARG001  A part of the key.
    """The names of the build, as far as they belong to the projects of `scope`."""
    asked: dict[str, Any] = {"scope": None if scope is None else list(scope)}
    cursor = _READER.cursor(_build)
    found = {field: cursor.execute(statement, asked).fetchall() for field, statement in _STATEMENTS.items()}
    known = {field: {row[0]: (row[1] or row[0], row[2] or row[0]) for row in rows} for field, rows in found.items()}
    return Names(known, {row[0]: row[3] for row in found["component"]})
