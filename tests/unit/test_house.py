"""The rules of the house that no linter states, each with a code, a sample that keeps it and one that breaks it.

A rule reads one file and returns what it found. Where a rule allows an exception, the exception is a comment that
gives its reason.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    *("core", "ops_db", "ingestion", "transforms", "quality", "orchestration", "dashboards", "ticket_service", "demo"),
    "tests",
)
LONGEST_MODULE = 450
LONGEST_FUNCTION = 60
LONG_FUNCTION_ALLOWED = re.compile(r"# Long because .+\.")
SHAPELESS_NAME = re.compile(r"(utils?|helpers?|common|misc|manager|stuff|base_.*)\.py")
# Written in two halves, so that this file does not break its own rule.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
# What silences a check, with its codes; what follows is the reason.
SILENCED = re.compile(r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[a-z, -]+\])?)(.*)")
MAY_REEXPORT = ("ops_db/models/__init__.py", "ingestion/sources/__init__.py")
MIGRATIONS = "ops_db/migrations/versions/"

Rule = Callable[[str, str], Iterator[str]]


def module_is_short(path: str, source: str) -> Iterator[str]:
    """A module has one subject, and one subject fits in 450 lines. Migrations are written by Alembic."""
    count = len(source.splitlines())
    if count > LONGEST_MODULE and not path.startswith(MIGRATIONS):
        yield f"{path}: {count} lines; split it by subject (at most {LONGEST_MODULE})."


def function_is_short(path: str, source: str) -> Iterator[str]:
    """A function fits on a screen, or a comment above it or on its first line says "Long because ...."."""
    if path.startswith(MIGRATIONS):
        return
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        count = (node.end_lineno or node.lineno) - node.lineno + 1
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        around = "\n".join([lines[first - 2] if first > 1 else "", lines[node.lineno - 1]])
        if count > LONGEST_FUNCTION and not LONG_FUNCTION_ALLOWED.search(around):
            yield f"{path}:{node.lineno}: {node.name} has {count} lines (at most {LONGEST_FUNCTION})."


def file_is_named_after_what_it_knows(path: str, source: str) -> Iterator[str]:
    """No drawer for everything: a small building block has a noun of its own."""
    if SHAPELESS_NAME.fullmatch(Path(path).name):
        yield f"{path}: name the file after what it knows."


def package_says_what_belongs_in_it(path: str, source: str) -> Iterator[str]:
    """An `__init__.py` is a docstring, and nothing is imported through it but the two lists of models and sources."""
    if Path(path).name != "__init__.py" or path.startswith(("tests/", "ops_db/migrations/")):
        return
    tree = ast.parse(source)
    if ast.get_docstring(tree) is None:
        yield f"{path}: say in a docstring what belongs here and what does not."
    if path not in MAY_REEXPORT and len(tree.body) > 1:
        yield f"{path}: import from the module that knows, not through the package."


def work_is_finished(path: str, source: str) -> Iterator[str]:
    """What is not done is in the tracker, where it is found."""
    for number, line in enumerate(source.splitlines(), start=1):
        if found := UNFINISHED.search(line):
            yield f"{path}:{number}: {found.group()} in the tree; do it, or write it down where work is planned."


def silence_has_a_reason(path: str, source: str) -> Iterator[str]:
    """A silenced check gives its reason behind the code or in a comment on the line above."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        found = SILENCED.match(token.string) if token.type == tokenize.COMMENT else None
        above = lines[token.start[0] - 2].strip() if token.start[0] > 1 else ""
        if found and not found.group(1).strip() and not above.startswith("#"):
            yield f"{path}:{token.start[0]}: say why the check is silenced."


RULES: dict[str, Rule] = {
    "H001": module_is_short,
    "H002": function_is_short,
    "H003": file_is_named_after_what_it_knows,
    "H004": package_says_what_belongs_in_it,
    "H005": work_is_finished,
    "H006": silence_has_a_reason,
}

_LONG_BODY = "\n".join(["    value = 1"] * LONGEST_FUNCTION)

# Code of the rule, path, source, and whether the rule finds something.
SAMPLES = [
    ("H001", "core/words.py", "value = 1\n" * LONGEST_MODULE, False),
    ("H001", "core/words.py", "value = 1\n" * (LONGEST_MODULE + 1), True),
    ("H002", "core/words.py", "def short():\n    return 1\n", False),
    ("H002", "core/words.py", f"def long():\n{_LONG_BODY}\n", True),
    ("H002", "core/words.py", f"class Words:\n  async def long(self):\n{_LONG_BODY}\n", True),
    ("H002", "core/words.py", f"# Long because the list is one list.\ndef long():\n{_LONG_BODY}\n", False),
    ("H002", "core/words.py", f"# Long because the list is one list.\n@cache\ndef long():\n{_LONG_BODY}\n", False),
    ("H002", "core/words.py", f"# Long because\ndef long():\n{_LONG_BODY}\n", True),
    ("H003", "core/working_time.py", "", False),
    ("H003", "core/utils.py", "", True),
    ("H003", "ops_db/base_service.py", "", True),
    ("H004", "core/__init__.py", '"""What every room stands on."""\n', False),
    ("H004", "core/__init__.py", "", True),
    ("H004", "core/__init__.py", '"""What every room stands on."""\nfrom core.words import WORDS\n', True),
    ("H004", "ops_db/models/__init__.py", '"""All models."""\nfrom ops_db.models.tickets import Ticket\n', False),
    ("H005", "core/words.py", "# The list is complete.\n", False),
    ("H005", "core/words.py", "# TO" + "DO: complete the list.\n", True),
    ("H006", "core/words.py", "import os  # no" + "qa: F401  Imported for its effect.\n", False),
    ("H006", "core/words.py", "# Imported for its effect.\nimport os  # no" + "qa: F401\n", False),
    ("H006", "core/words.py", "import os\nimport re  # no" + "qa: F401\n", True),
    ("H006", "core/words.py", "value = 1\nother = odd()  # type: ig" + "nore[no-any-return, misc]\n", True),
]


def _python_files() -> dict[str, str]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.mark.parametrize(("code", "path", "source", "is_found"), SAMPLES)
def test_each_rule_finds_what_breaks_it_and_only_that(code: str, path: str, source: str, is_found: bool) -> None:
    assert bool(list(RULES[code](path, source))) == is_found


def test_each_rule_has_a_sample_on_either_side() -> None:
    assert {(code, is_found) for code, _, _, is_found in SAMPLES} == {
        (code, found) for code in RULES for found in (True, False)
    }


@pytest.mark.parametrize("code", RULES)
def test_the_house_keeps_its_rules(code: str) -> None:
    files = _python_files()
    assert len(files) > 30, "The rooms were not found."
    findings = [finding for path, source in files.items() for finding in RULES[code](path, source)]
    assert not findings, "\n".join(findings)


def test_the_lock_pins_and_hashes_everything_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 150
    assert [
        entry for entry in entries if not re.match(r"[a-z0-9._-]+==\S+( ; [^\n]+)? \\\n +--hash=sha256:", entry)
    ] == []
    assert not re.search(r"://| @ |index-url|find-links", lock)


def test_each_requirement_of_the_project_is_in_the_lock() -> None:
    section = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.")[0]
    named = re.findall(r'^    "([A-Za-z0-9-]+)', section, flags=re.MULTILINE)
    locked = set(
        re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert len(named) > 40
    assert [name for name in named if name.lower() not in locked] == []


def _targets() -> dict[str, str | None]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.findall(r"^([a-z][a-z-]*):[^=#\n]*(?:## (.+\.))?$", makefile, flags=re.MULTILINE)
    return {name: text or None for name, text in found}


def test_each_target_of_the_makefile_explains_itself() -> None:
    targets = _targets()
    assert {"demo", "test", "check", "bench", "screenshots", "lock"} <= set(targets)
    assert [name for name, text in targets.items() if text is None] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_each_make_command_that_a_page_names_exists(page: Path) -> None:
    code = re.findall(r"```.*?```|`[^`\n]+`", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = {name for part in code for name in re.findall(r"(?:^|[`\n;&]\s*)make ([a-z][a-z-]*)", part)}
    assert named - set(_targets()) == set()
