"""Typed access to one mapping of the document; what does not fit is noted, never raised."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from shield.registry.manifest.document import Node, Value
from shield.registry.manifest.problems import Problems, listed, suggestion

ABSENT = Node("absent", 0)


class Section:
    """One mapping whose keys are known.

    Every reader returns a value of the right type; after a problem that value is a placeholder,
    which nobody sees because the loader raises before it builds anything.
    """

    def __init__(
        self, node: Node, path: str, problems: Problems, allowed: Sequence[str] | None
    ) -> None:
        self.path = path
        self.line = node.line
        self.problems = problems
        self.allowed = allowed
        self.entries: Mapping[str, Node] = node.entries
        self.readable = node.kind == "mapping"
        if node.kind != "mapping":
            self.wrong(node, path or "file", "a mapping", f"write {listed(allowed or ())} under it")
        if allowed is not None:
            self._refuse_unknown(allowed)

    def _refuse_unknown(self, allowed: Sequence[str]) -> None:
        for name, node in self.entries.items():
            if name not in allowed:
                self.problems.add(
                    line=node.line,
                    key=self.key(name),
                    expected=f"one of {listed(allowed)}; {name[:60]!r} is not a key here",
                    fix=suggestion(name, allowed, otherwise="remove it"),
                )

    @property
    def sound(self) -> bool:
        """A mapping without unknown keys: what it lacks is lacking, not misspelt."""
        return self.readable and all(name in (self.allowed or ()) for name in self.entries)

    def key(self, name: str) -> str:
        """The full path of a key."""
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, node: Node, key: str, expected: str, fix: str) -> None:
        """Note that `node` is not what was expected."""
        got = "nothing" if node.kind == "scalar" and node.value is None else node.shown
        self.problems.add(line=node.line, key=key, expected=f"{expected}, got {got}", fix=fix)

    def get(self, name: str) -> Node | None:
        """The node under `name`, if the key is there."""
        return self.entries.get(name)

    def _need(self, name: str, expected: str, *, required: bool) -> Node:
        node = self.entries.get(name)
        if node is None:
            if required and self.readable and not self._misspelt(name):
                self.problems.add(
                    line=max(self.line, 1),
                    key=self.key(name),
                    expected=f"{expected}, but the key is missing",
                    fix=f"add '{name}: …' under {self.path or 'the top of the file'}",
                )
            return ABSENT
        return node

    def _misspelt(self, name: str) -> bool:
        """True when an unknown key already asks "did you mean" this one."""
        allowed = self.allowed or ()
        return any(
            suggestion(key, allowed, otherwise="") == f"did you mean {name!r}?"
            for key in self.entries
            if key not in allowed
        )

    def text(
        self,
        name: str,
        expected: str,
        *,
        required: bool = True,
        limit: int = 200,
        pattern: re.Pattern[str] | None = None,
        multiline: bool = False,
    ) -> str | None:
        """A text; None only when it is absent and not required."""
        node = self._need(name, expected, required=required)
        if node is ABSENT:
            return "" if required else None
        return self.text_of(
            node, self.key(name), expected, limit=limit, pattern=pattern, multiline=multiline
        )

    def text_of(
        self,
        node: Node,
        key: str,
        expected: str,
        *,
        limit: int = 200,
        pattern: re.Pattern[str] | None = None,
        multiline: bool = False,
    ) -> str:
        """The text of one node."""
        if not isinstance(node.value, str) or node.kind != "scalar":
            quoted = node.kind == "scalar" and node.value is not None
            fix = f'put it in quotes: "{node.text[:60]}"' if quoted else "write a text"
            self.wrong(node, key, expected, fix)
            return ""
        text = node.value.strip()
        if not text or len(text) > limit or (not multiline and ("\n" in text or "\t" in text)):
            lines = "" if multiline else " on one line"
            self.wrong(node, key, expected, f"write 1 to {limit} characters{lines}")
        elif pattern is not None and not pattern.fullmatch(text):
            self.wrong(node, key, expected, f"it must match {pattern.pattern}")
        return text

    def choice(
        self,
        name: str,
        choices: Sequence[str],
        *,
        required: bool = True,
        why: Mapping[str, str] = {},
    ) -> str | None:
        """One of `choices`; `why` explains words that are known but not usable."""
        expected = f"one of {listed(choices)}"
        node = self._need(name, expected, required=required)
        if node is ABSENT:
            return "" if required else None
        return self.choice_of(node, self.key(name), choices, why=why)

    def choice_of(
        self, node: Node, key: str, choices: Sequence[str], *, why: Mapping[str, str] = {}
    ) -> str:
        """The choice of one node; "" after a problem, so that nothing is concluded from it."""
        if isinstance(node.value, str) and node.value in choices:
            return node.value
        word = str(node.value)
        fix = why.get(word) or suggestion(word, choices, otherwise=f"write {choices[0]!r}")
        self.wrong(node, key, f"one of {listed(choices)}", fix)
        return ""

    def scalar(self, name: str, expected: str) -> Value:
        """A label: text, number or truth value. None when absent."""
        node = self._need(name, expected, required=False)
        if node is not ABSENT and (node.kind != "scalar" or node.value is None or node.value == ""):
            self.wrong(node, self.key(name), expected, "write the label as it stands in the data")
            return None
        return node.value

    def number(self, name: str, expected: str) -> float | None:
        """A number; None when absent."""
        node = self._need(name, expected, required=False)
        return None if node is ABSENT else self.number_of(node, self.key(name), expected)

    def number_of(self, node: Node, key: str, expected: str) -> float:
        """The number of one node."""
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self.wrong(node, key, expected, "write a number without quotes")
            return 0.0
        return node.value

    def integer(self, name: str, expected: str, *, least: int) -> int | None:
        """An integer of at least `least`; None when absent."""
        node = self._need(name, expected, required=False)
        if node is ABSENT:
            return None
        value = node.value
        whole = (
            isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        )
        if not whole or int(value) < least or int(value) > 10**9:  # type: ignore[arg-type]
            self.wrong(node, self.key(name), expected, f"write a whole number from {least} to 10⁹")
            return least
        return int(value)  # type: ignore[arg-type]

    def boolean(self, name: str, expected: str) -> bool | None:
        """true or false; None when absent."""
        node = self._need(name, expected, required=False)
        if node is not ABSENT and not isinstance(node.value, bool):
            self.wrong(node, self.key(name), expected, "write true or false without quotes")
            return None
        return node.value if isinstance(node.value, bool) else None

    def items(self, name: str, expected: str, *, required: bool = False) -> tuple[Node, ...]:
        """The nodes of a list; empty when absent."""
        node = self._need(name, expected, required=required)
        if node is ABSENT:
            return ()
        if node.kind != "list" or not node.items:
            self.wrong(node, self.key(name), f"{expected} (a list, not empty)", "write [a, b]")
        return node.items

    def texts(
        self, name: str, expected: str, *, pattern: re.Pattern[str] | None = None
    ) -> tuple[str, ...]:
        """A list of distinct texts; empty when absent."""
        seen: list[str] = []
        for index, item in enumerate(self.items(name, expected)):
            key = f"{self.key(name)}[{index}]"
            text = self.text_of(item, key, expected, pattern=pattern)
            if text and text in seen:
                self.wrong(item, key, "each entry once", "remove the repetition")
            seen.append(text)
        return tuple(seen)

    def section(
        self, name: str, allowed: Sequence[str], *, required: bool = True
    ) -> Section | None:
        """A mapping with known keys."""
        node = self._need(name, f"a mapping with {listed(allowed)}", required=required)
        return None if node is ABSENT else Section(node, self.key(name), self.problems, allowed)

    def mapping(self, name: str, expected: str) -> Mapping[str, Node]:
        """A mapping whose keys are the user's own (column names, check ids); empty when absent."""
        node = self._need(name, expected, required=False)
        if node is ABSENT:
            return {}
        if node.kind != "mapping" or not node.entries:
            self.wrong(node, self.key(name), expected, "write 'name: {…}' or leave the key out")
            return {}
        for key, child in node.entries.items():
            if not key.strip() or len(key) > 200:
                self.wrong(
                    child, self.key(name), f"{expected}, keys of 1 to 200 characters", "rename"
                )
        return node.entries
