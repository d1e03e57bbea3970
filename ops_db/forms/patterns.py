r"""Patterns an answer must match: a small part of regular expressions that means the same everywhere and ends soon.

Allowed are characters, `.`, `\d \w \s` and their opposites, classes, groups, alternatives and repetition. Backtracking
is bounded before anything is matched: the number of ways in which a pattern can be tried on the longest answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LONGEST_PATTERN: Final = 200
LONGEST_MATCHED: Final = 200
MOST_WAYS: Final = 50_000
_DEEPEST: Final = 10
_CLASSES: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \\t\\n"}
_SYNTAX: Final = frozenset("\\^$.|?*+()[]{}")
_SYNTAX_OF_CLASSES: Final = _SYNTAX | {"-"}
_DOUBLED_MEANS_MORE: Final = frozenset("&~")
_ENDING: Final = "|)"


class PatternRefused(ValueError):
    """The pattern is outside of what is allowed; the message says where."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A translated part: its source, in how many ways it can match, and whether its length varies."""

    source: str
    ways: int = 1
    varies: bool = False
    has_alternatives: bool = False


@lru_cache(maxsize=512)
def translated(pattern: str) -> str:
    """The pattern in words that Python and JavaScript (flag `u`) read alike; raises PatternRefused."""
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise PatternRefused(f"a pattern has 1 to {LONGEST_PATTERN} characters")
    reader = _Reader(pattern)
    piece = reader.alternatives(0)
    if not reader.is_at_end:
        raise reader.refusal("this bracket closes nothing")
    if piece.ways > MOST_WAYS:
        raise PatternRefused("it can be tried in too many ways; use fewer * and +, or give them an upper bound")
    return piece.source


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is of the pattern; longer than `LONGEST_MATCHED` is never."""
    return len(text) <= LONGEST_MATCHED and re.fullmatch(translated(pattern), text) is not None


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0

    @property
    def is_at_end(self) -> bool:
        return self.place >= len(self.pattern)

    def refusal(self, why: str) -> PatternRefused:
        return PatternRefused(f"character {self.place + 1}: {why}")

    def peek(self) -> str:
        return "" if self.is_at_end else self.pattern[self.place]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise self.refusal("the pattern ends too early")
        self.place += 1
        return character

    def alternatives(self, depth: int) -> _Piece:
        if depth > _DEEPEST:
            raise self.refusal("groups are nested too deeply")
        branches = [self.sequence(depth)]
        while self.peek() == "|":
            self.take()
            branches.append(self.sequence(depth))
        if len(branches) == 1:
            return branches[0]
        return _Piece(
            "|".join(branch.source for branch in branches),
            sum(branch.ways for branch in branches),
            varies=True,
            has_alternatives=True,
        )

    def sequence(self, depth: int) -> _Piece:
        pieces: list[_Piece] = []
        while not self.is_at_end and self.peek() not in _ENDING:
            pieces.append(self.repeated(depth))
        ways = 1
        for piece in pieces:
            ways = min(ways * piece.ways, MOST_WAYS + 1)
        return _Piece("".join(piece.source for piece in pieces), ways, varies=any(piece.varies for piece in pieces))

    def repeated(self, depth: int) -> _Piece:
        piece = self.atom(depth)
        least, most, source = self.bounds()
        if source is None:
            return piece
        if most > 1 and (piece.varies or piece.ways > 1):
            raise self.refusal("what is repeated must itself have a fixed length and no alternatives")
        if self.peek() in ("?", "+", "*", "{"):
            raise self.refusal("a repetition cannot be repeated")
        ways = piece.ways * (most - least + 1)
        return _Piece(piece.source + source, min(ways, MOST_WAYS + 1), varies=most != least)

    def bounds(self) -> tuple[int, int, str | None]:
        sign = self.peek()
        if sign in ("?", "*", "+"):
            self.take()
            return {"?": (0, 1, "?"), "*": (0, LONGEST_MATCHED, "*"), "+": (1, LONGEST_MATCHED, "+")}[sign]
        if sign != "{":
            return 1, 1, None
        found = re.compile(r"\{([0-9]{1,3})(?:(,)([0-9]{0,3}))?\}").match(self.pattern, self.place)
        if not found:
            raise self.refusal("write a repetition as {3}, {3,} or {3,5}, or put a backslash before {")
        least = int(found[1])
        most = int(found[3]) if found[3] else LONGEST_MATCHED if found[2] else least
        if least > most or most > LONGEST_MATCHED:
            raise self.refusal(f"a repetition goes from the smaller to the larger number, at most {LONGEST_MATCHED}")
        self.place = found.end()
        return least, most, found[0]

    def atom(self, depth: int) -> _Piece:
        character = self.take()
        if character == "(":
            if self.pattern.startswith("?:", self.place):
                self.place += 2
            elif self.peek() == "?":
                raise self.refusal("only plain groups are allowed")
            inside = self.alternatives(depth + 1)
            if self.is_at_end or self.take() != ")":
                raise self.refusal("a bracket is not closed")
            return _Piece(f"(?:{inside.source})", inside.ways, inside.varies)
        if character == "[":
            return _Piece(self.character_class())
        if character == "\\":
            return _Piece(self.escape())
        if character == ".":
            return _Piece("[^\\n]")
        if character in "^$":
            raise self.refusal("^ and $ are not needed: a pattern is matched from beginning to end")
        if character in "?*+{":
            raise self.refusal("there is nothing to repeat")
        return _Piece(_literal(character))

    def escape(self) -> str:
        character = self.take()
        if character in _CLASSES:
            return f"[{_CLASSES[character]}]"
        if character.lower() in _CLASSES:
            return f"[^{_CLASSES[character.lower()]}]"
        if character.isalnum():
            raise self.refusal(f"\\{character} is not allowed; there are \\d, \\w and \\s")
        return _literal(character)

    def character_class(self) -> str:
        negation = "^" if self.peek() == "^" else ""
        if negation:
            self.take()
        parts: list[str] = []
        while self.peek() != "]":
            parts.append(self.class_member())
        self.take()
        if not parts:
            raise self.refusal("a class needs at least one character")
        return f"[{negation}{''.join(parts)}]"

    def class_member(self) -> str:
        first = self.class_character()
        if len(first) > 2 or self.peek() != "-" or self.pattern.startswith("-]", self.place):
            return first
        self.take()
        last = self.class_character()
        if len(last) > 2 or first[-1] > last[-1]:
            raise self.refusal("a range goes from the smaller to the larger character")
        return f"{first}-{last}"

    def class_character(self) -> str:
        character = self.take()
        if character == "\\":
            escaped = self.take()
            if escaped in _CLASSES:
                return _CLASSES[escaped]
            if escaped.isalnum():
                raise self.refusal(f"\\{escaped} is not allowed in a class; there are \\d, \\w and \\s")
            return _member(escaped)
        if character == "[":
            raise self.refusal("put a backslash before [ in a class")
        return _member(character)


def _literal(character: str) -> str:
    if not character.isprintable():
        raise PatternRefused("a pattern has printable characters only")
    return f"\\{character}" if character in _SYNTAX else character


def _member(character: str) -> str:
    if character in _DOUBLED_MEANS_MORE:
        return f"\\u{ord(character):04x}"
    return f"\\{character}" if character in _SYNTAX_OF_CLASSES else _literal(character)
