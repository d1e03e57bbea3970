"""What a gate found, in sentences for people in both languages and in fields for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that does not hold. An error stops publication; a warning is shown beside the figures."""

    rule: str
    table: str
    observed: str
    expected: str
    severity: Severity
    message: str
    message_zh: str = ""


@dataclass(frozen=True, slots=True)
class GateReport:
    """The outcome of one gate. `checked_count` rules were looked at; `measured` is what the next run compares with."""

    gate: str
    passed: bool
    findings: Sequence[Finding] = ()
    checked_count: int = 0
    measured: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON data."""
        return asdict(self) | {"findings": [asdict(finding) for finding in self.findings]}


def report(
    gate: str, findings: Sequence[Finding], *, checked_count: int, measured: Mapping[str, Any] | None = None
) -> GateReport:
    """The report of a gate that is passed unless a finding is an error."""
    passed = all(finding.severity != "error" for finding in findings)
    return GateReport(gate, passed, tuple(findings), checked_count, measured or {})


def finding(
    rule: str, table: str, observed: str, expected: str, severity: Severity, *, advice: str, advice_zh: str
) -> Finding:
    """A finding whose message says where, which rule, what was found, what was expected and what to do."""
    return Finding(
        rule=rule,
        table=table,
        observed=observed,
        expected=expected,
        severity=severity,
        message=f"{table}: {rule} does not hold. Found {observed}, expected {expected}. {advice}",
        message_zh=f"{table}：规则 {rule} 不成立。实际 {observed}，应为 {expected}。{advice_zh}",
    )
