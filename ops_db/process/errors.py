"""What the interpreter refuses, each with a stable code and a sentence that says what to do next.

The sentence is a template with named gaps, so that a page can translate the template and fill in the same values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ops_db.process.text import Text


class ProcessError(Exception):
    """A request the process does not allow; `code` is stable, `template` and `values` make the sentence."""

    code: ClassVar[str] = "process_error"
    steps: Mapping[str, Text] = {}
    """What the nodes of the process in question are called, once somebody who knows it has said so."""

    roles: Mapping[str, Text] = {}
    """What the roles of the house are called, in the same way."""

    def __init__(self, template: str, **values: object) -> None:
        """Keep the template beside the values; the message of the exception is both together."""
        super().__init__(template.format(**values))
        self.template = template
        self.values = values


@contextmanager
def steps_named(titles: Mapping[str, Text]) -> Iterator[None]:
    """Let what is refused within know what the steps of its process are called."""
    try:
        yield
    except ProcessError as error:
        error.steps = titles
        raise


class ActionNotAllowed(ProcessError):
    """The action exists, but not for this actor at this point of the process."""

    code = "action_not_allowed"


class ActionUnknown(ProcessError):
    """There is no action of this name."""

    code = "action_unknown"


class ChoiceUnknown(ProcessError):
    """The step has no outcome, or no earlier node, of this name."""

    code = "choice_unknown"


class TicketClosed(ProcessError):
    """The ticket has ended; only reopening moves it again."""

    code = "ticket_closed"


class TicketPaused(ProcessError):
    """The clock of the ticket stands; most actions wait until it is resumed."""

    code = "ticket_paused"


class TaskNotOpen(ProcessError):
    """The task was done meanwhile, or never belonged to this ticket."""

    code = "task_not_open"


class TaskNotNamed(ProcessError):
    """Several tasks are open and the request does not say which one it means."""

    code = "task_not_named"


class TaskOfAnother(ProcessError):
    """The task is assigned to somebody else, or to nobody yet."""

    code = "task_of_another"


class MissingData(ProcessError):
    """The action needs data that was not given."""

    code = "missing_data"


class InvalidData(ProcessError):
    """The data given is of the wrong kind, out of range, or not asked for."""

    code = "invalid_data"


class MissingEvidence(ProcessError):
    """The step needs a picture, a signature or the like that is not on the ticket yet."""

    code = "missing_evidence"


class AlreadySigned(ProcessError):
    """Who signs has signed this approval before; a person counts once."""

    code = "already_signed"


class FactNotComparable(ProcessError):
    """A condition compares a fact with a value of another kind."""

    code = "fact_not_comparable"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a definition: a stable code, the node (or `controls[n]`) it is in, and a sentence.

    The sentence is a template with named gaps like that of an error, and is translated in the same way.
    """

    code: str
    node: str
    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.values)

    def __str__(self) -> str:
        """Name the place before the fault."""
        return f"{self.node}: {self.message}"


class FaultyData(ProcessError):
    """Data that cannot be used; `problems` names every fault and its place."""

    def __init__(self, template: str, problems: Sequence[Problem]) -> None:
        """Say all faults at once, one a line, so that they can be put right in one go."""
        self.problems = tuple(problems)
        super().__init__(template, lines="\n".join(f"- {problem}" for problem in self.problems))


class DefinitionInvalid(FaultyData):
    """The definition cannot be used; `problems` names every fault and its node."""

    code = "definition_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Name every fault."""
        super().__init__(
            "The process definition cannot be used. Correct the following and load it again:\n{lines}", problems
        )


class ScenarioPackInvalid(FaultyData):
    """The scenario pack cannot be used; `problems` names every fault and its place."""

    code = "scenario_pack_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Name every fault."""
        super().__init__(
            "The scenario pack cannot be used. Correct the following and load it again:\n{lines}", problems
        )
