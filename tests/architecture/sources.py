"""The files that the project consists of, as the tests of its shape see them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("shield", "assessments", "monitoring", "dp", "ekyc")
PURE = ("shield/evidence", "shield/sandbox", "assessments/core")
MADE_BY_TOOLS = {".venv", ".git", "node_modules", "var", "__pycache__", "static-collected"}


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, without what the tools make; sorted."""
    found: list[Path] = []
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if path.name in MADE_BY_TOOLS or path.name.endswith("_cache"):
                continue
            if path.is_dir():
                if path.name != ".hypothesis":
                    folders.append(path)
            else:
                found.append(path)
    return tuple(sorted(found))


@cache
def python_files(*, tests: bool = True) -> tuple[Path, ...]:
    """Every Python file but migrations; without tests and benchmarks when `tests` is False."""
    chosen = [p for p in files() if p.suffix == ".py" and "migrations" not in p.parts]
    if not tests:
        chosen = [p for p in chosen if p.relative_to(ROOT).parts[0] in PACKAGES]
    return tuple(chosen)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, nested ones too."""
    return [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def name(path: Path, line: int | None = None) -> str:
    """`shield/urls.py:12`, as an editor opens it."""
    shown = path.relative_to(ROOT).as_posix()
    return f"{shown}:{line}" if line else shown
