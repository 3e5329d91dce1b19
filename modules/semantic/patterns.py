"""Matches a contract's pattern in time linear in the text, as RE2 does for DuckDB.

Java's and Python's own regular expressions backtrack: one message with a long value could block the job for ever, or
exhaust its stack. The patterns are the subset of src/contract/pattern.ts.
"""

from __future__ import annotations

from typing import Optional

# A set of characters: whether it is negated, and ranges of code points.
Set = tuple[bool, tuple[tuple[int, int], ...]]

DIGITS = ((0x30, 0x39),)
WORD = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
ESCAPES = {"d": DIGITS, "w": WORD, "t": ((9, 9),), "n": ((10, 10),), "r": ((13, 13),), "f": ((12, 12),)}
# How many steps are remembered. A pattern that takes more forgets all of them and goes on.
MAX_REMEMBERED = 2_000
MATCHED = 0


class Pattern:
    """A non-deterministic automaton: places of the pattern, from which a character leads to others. One pass over the text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        # For each place: the set that must contain the next character, and the places after it. MATCHED has neither.
        self.sets: list[Optional[Set]] = [None]
        self.behind: list[list[int]] = [[]]
        self.first = self.reach([self.build(self.alternatives(), MATCHED)])
        self.forget()

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        places = self.first
        for char in text:
            steps = self.known.setdefault(places, {})
            following = steps.get(char)
            if following is None:
                following = steps[char] = self.step(places, ord(char))
            if not following:
                return False
            places = following
        return MATCHED in places

    def forget(self) -> None:
        self.known: dict[frozenset[int], dict[str, frozenset[int]]] = {}
        self.remembered = 0

    def step(self, places: frozenset[int], code: int) -> frozenset[int]:
        self.remembered += 1
        if self.remembered > MAX_REMEMBERED:
            self.forget()
        found: list[int] = []
        for place in places:
            wanted = self.sets[place]
            if wanted is not None and wanted[0] != any(low <= code <= high for low, high in wanted[1]):
                found += self.behind[place]
        return self.reach(found)

    def reach(self, places: list[int]) -> frozenset[int]:
        """The places, and all places that follow them without a character."""
        seen: set[int] = set()
        while places:
            place = places.pop()
            if place not in seen:
                seen.add(place)
                if self.sets[place] is None:
                    places.extend(self.behind[place])
        return frozenset(place for place in seen if place == MATCHED or self.sets[place] is not None)

    # ---- the pattern's tree: a set, or ("all", parts), ("one", branches), ("times", part, low, high) ------------------

    def build(self, node: object, behind: int) -> int:
        """The place at which matching `node` begins. `behind` is the place after it."""
        assert isinstance(node, tuple)
        kind = node[0]
        if kind == "all":
            for part in reversed(node[1]):
                behind = self.build(part, behind)
            return behind
        if kind == "one":
            return self.place(None, [self.build(branch, behind) for branch in node[1]])
        if kind != "times":
            return self.place(node, [behind])
        _, part, low, high = node
        if high is None:
            start = self.place(None, [behind])
            self.behind[start].append(self.build(part, start))
        else:
            start = behind
            for _ in range(high - low):
                start = self.place(None, [behind, self.build(part, start)])
        for _ in range(low):
            start = self.build(part, start)
        return start

    def place(self, wanted: Optional[Set], behind: list[int]) -> int:
        self.sets.append(wanted)
        self.behind.append(behind)
        return len(self.sets) - 1

    def alternatives(self) -> tuple[object, ...]:
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        return ("one", branches)

    def sequence(self) -> tuple[object, ...]:
        parts = []
        while self.at < len(self.source) and self.source[self.at] not in "|)":
            parts.append(self.repeated(self.atom()))
        return ("all", parts)

    def repeated(self, part: object) -> object:
        for sign, low, high in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self.take(sign):
                return ("times", part, low, high)
        if not self.take("{"):
            return part
        end = self.source.index("}", self.at)
        least, comma, most = self.source[self.at : end].partition(",")
        self.at = end + 1
        return ("times", part, int(least), int(most) if most else None if comma else int(least))

    def atom(self) -> object:
        if self.take("("):
            self.take("?:")
            inner = self.alternatives()
            self.take(")")
            return inner
        if self.take("["):
            return self.character_class()
        return (False, self.character())

    def character_class(self) -> Set:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        while not self.take("]"):
            member = self.character()
            if self.source.startswith("-", self.at) and not self.source.startswith("-]", self.at):
                self.at += 1
                member = ((member[0][0], self.character()[0][1]),)
            ranges.extend(member)
        return (negated, tuple(ranges))

    def character(self) -> tuple[tuple[int, int], ...]:
        char = self.source[self.at]
        self.at += 1
        if char != "\\":
            return ((ord(char), ord(char)),)
        escaped = self.source[self.at]
        self.at += 1
        return ESCAPES.get(escaped, ((ord(escaped), ord(escaped)),))

    def take(self, text: str) -> bool:
        if not self.source.startswith(text, self.at):
            return False
        self.at += len(text)
        return True
