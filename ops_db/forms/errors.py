"""What is wrong with a form or with the answers to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops_db.errors import DomainError


class FormProblem(DomainError):
    """One fault of a definition: `fault` is stable, `place` names the field, rule or path it is in."""

    code = "form_problem"

    def __init__(self, template: str, *, fault: str, place: str, **values: object) -> None:
        """Keep where it is beside the sentence."""
        super().__init__(template, **values)
        self.fault = fault
        self.place = place


class FormInvalid(DomainError):
    """A definition that cannot be used; `problems` has every fault."""

    code = "form_invalid"

    def __init__(self, problems: Sequence[FormProblem]) -> None:
        """Say the first faults in the message and carry all of them."""
        said = "; ".join(f"{problem.place}: {problem}" for problem in problems[:5])
        super().__init__("The form cannot be used as it is: {problems}", problems=said)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an answer is not taken: a stable code with the figures its sentence needs, never the answer itself."""

    code: str
    values: Mapping[str, int | float | str] = field(default_factory=dict)


class AnswersRefused(DomainError):
    """Answers that break the form's own rules; `faults` by the key of the field."""

    code = "answers_refused"

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        """Name the fields, not what was answered."""
        super().__init__("Please check the marked fields.", fields=tuple(faults))
        self.faults = dict(faults)


class FormNeeded(DomainError):
    """A step that asks for a form, taken without one."""

    code = "form_needed"


class FormInUse(DomainError):
    """Somebody else saved the draft meanwhile, or there is one already."""

    code = "form_in_use"
