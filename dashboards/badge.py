"""How far figures can be trusted: up to when they reach, what the gates said, and whether a newer attempt failed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

import streamlit as st

from core.settings import Settings
from core.warehouse import Build
from dashboards import formatting, labels
from dashboards.visit import Visit

LAST_ATTEMPT: Final = "last_attempt.json"


def gate_names(visit: Visit) -> dict[str, str]:
    """What the gates are called."""
    _ = visit.gettext
    return {
        "expectations_on_clean": _("Cleaned data"),
        "dbt_tests": _("Tables and keys"),
        "expectations_on_marts": _("Volume and drift"),
        "operational_totals": _("Totals of the ticket service"),
        "working_time_parity": _("Working time"),
    }


def failed_attempt(settings: Settings, build: Build) -> dict[str, Any] | None:
    """The attempt to publish that failed after this build, None where there is none."""
    try:
        attempt: dict[str, Any] = json.loads((settings.warehouse / LAST_ATTEMPT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    is_newer = dt.datetime.fromisoformat(attempt["attempted_at"]) > build.published_at
    return attempt if is_newer and not attempt["is_published"] else None


def show(visit: Visit) -> None:
    """The badge, with what each gate said behind it, and a warning where a newer attempt was held back."""
    _ = visit.gettext
    gates = visit.build.gates
    passed = [gate for gate in gates if gate["passed"]]
    findings = [finding for gate in gates for finding in gate["findings"]]
    moment = formatting.instant(visit.build.data_as_of, visit.settings.zone)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(labels.period_in_days(visit), icon=":material/date_range:", color="gray")
        st.badge(_("Data as of {moment}").format(moment=moment), icon=":material/schedule:", color="gray")
        words = _("{passed} of {all} checks passed").format(passed=len(passed), all=len(gates))
        with st.popover(words, icon=":material/verified:" if not findings else ":material/info:", type="tertiary"):
            _show_gates(visit, gates)
    attempt = failed_attempt(visit.settings, visit.build)
    if attempt is not None:
        _show_stale(visit, attempt)


def _show_gates(visit: Visit, gates: tuple[dict[str, Any], ...]) -> None:
    _ = visit.gettext
    names = gate_names(visit)
    for gate in gates:
        icon = ":material/check_circle:" if gate["passed"] else ":material/cancel:"
        count = _("{count} checked").format(count=f"{gate['checked_count']:,}")
        st.markdown(f"{icon} {names.get(gate['gate'], gate['gate'])} · {count}")
        for finding in gate["findings"]:
            st.caption(_sentence(visit, finding))
    st.caption(_("Build {build}").format(build=visit.build.build_id))


def _show_stale(visit: Visit, attempt: dict[str, Any]) -> None:
    _ = visit.gettext
    moment = formatting.instant(dt.datetime.fromisoformat(attempt["attempted_at"]), visit.settings.zone)
    st.warning(
        _("Newer figures of {moment} were held back by a check. You see the last good ones.").format(moment=moment),
        icon=":material/warning:",
    )
    with st.expander(_("What the check found")):
        for gate in attempt["gates"]:
            for finding in gate["findings"]:
                st.markdown(f"- {_sentence(visit, finding)}")


def _sentence(visit: Visit, finding: dict[str, Any]) -> str:
    is_chinese = visit.language == "zh-CN"
    return str((finding.get("message_zh") if is_chinese else None) or finding["message"])
