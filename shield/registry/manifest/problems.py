"""What is wrong with a manifest: every problem at once, each with its line and its fix."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from shield.common.errors import InvalidInput
from shield.sandbox.labels import clean_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct; `str()` is the line that a person reads."""

    file: str
    line: int
    key: str
    expected: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.expected}; {self.fix}"

    def as_json(self) -> dict[str, object]:
        """The same facts for the API."""
        return {
            "file": self.file,
            "line": self.line,
            "key": self.key,
            "expected": self.expected,
            "fix": self.fix,
        }


class ManifestError(InvalidInput):
    """A manifest that cannot be used. `problems` are ordered by line; `str()` is one line each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.key))
        text = "\n".join(str(problem) for problem in self.problems)
        super().__init__("manifest.invalid", text)

    def __str__(self) -> str:
        return self.message


class Problems:
    """Collects problems while the rest of the document is still being read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def add(self, *, line: int, key: str, expected: str, fix: str) -> None:
        """Note a problem and go on."""
        self.found.append(Problem(self.file, line, clean_text(key, 200) or "file", expected, fix))

    def stop(self, *, line: int, key: str, expected: str, fix: str) -> ManifestError:
        """The error of a problem after which nothing else can be read."""
        self.add(line=line, key=key, expected=expected, fix=fix)
        return ManifestError(self.found)

    def raise_if_any(self) -> None:
        """Raise all that was found."""
        if self.found:
            raise ManifestError(self.found)


def shown(value: object, limit: int = 60) -> str:
    """A value of the user's document, shortened for a message."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"


def suggestion(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """ "did you mean 'target'?" when one of `known` is close to `word`; else `otherwise`."""
    candidates = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(word[:100].lower(), candidates, n=1, cutoff=0.6)
    return f"did you mean {candidates[close[0]]!r}?" if close else otherwise


def listed(words: Iterable[object], limit: int = 20) -> str:
    """ "a, b, c" for a message, cut after `limit` words."""
    texts = [clean_text(str(word), 60) for word in words]
    more = len(texts) - limit
    return ", ".join(texts[:limit]) + (f" and {more} more" if more > 0 else "")
