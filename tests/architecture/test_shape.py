"""The budgets of the house: how long a file and a function may be, what must be documented."""

from __future__ import annotations

import ast
import statistics

from tests.architecture.sources import PURE, ROOT, functions, name, python_files

FILE_LIMIT, FILE_P90, FILE_MEDIAN = 400, 300, 110
FUNCTION_LIMIT, FUNCTION_P90, FUNCTION_MEDIAN = 50, 28, 12


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_its_budget() -> None:
    long = {
        name(path): count
        for path in python_files()
        if (count := len(path.read_text().splitlines())) > FILE_LIMIT
    }
    assert not long, f"split these into rooms: {long}"


def test_no_function_is_longer_than_its_budget() -> None:
    long = {
        f"{name(path, node.lineno)} {node.name}": _lines(node)
        for path in python_files()
        for node in functions(path)
        if _lines(node) > FUNCTION_LIMIT
    }
    assert not long, f"split these into steps: {long}"


def test_files_and_functions_are_mostly_short() -> None:
    files = [len(p.read_text().splitlines()) for p in python_files(tests=False) if p.stat().st_size]
    bodies = [_lines(node) for path in python_files(tests=False) for node in functions(path)]
    assert statistics.median(files) <= FILE_MEDIAN
    assert statistics.quantiles(files, n=10)[-1] <= FILE_P90
    assert statistics.median(bodies) <= FUNCTION_MEDIAN
    assert statistics.quantiles(bodies, n=10)[-1] <= FUNCTION_P90


def test_everything_public_in_the_pure_packages_is_documented() -> None:
    bare = []
    for path in python_files(tests=False):
        if not name(path).startswith(PURE) or not path.stat().st_size:
            continue
        if not ast.get_docstring(tree_ := ast.parse(path.read_text())):
            bare.append(name(path))
        for node in tree_.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith(
                "_"
            )
            if public and not ast.get_docstring(node):
                bare.append(f"{name(path, node.lineno)} {node.name}")
    assert not bare, f"say what these are: {bare}"


def test_every_function_of_the_product_says_its_types() -> None:
    untyped = []
    for path in python_files(tests=False):
        for node in functions(path):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            named = [a for a in arguments if a.arg not in ("self", "cls")]
            if node.returns is None or any(a.annotation is None for a in named):
                untyped.append(f"{name(path, node.lineno)} {node.name}")
    assert not untyped


def test_services_take_their_facts_by_keyword() -> None:
    positional = []
    for path in python_files(tests=False):
        if "services" not in path.relative_to(ROOT).with_suffix("").parts:
            continue
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if node.args.args and "_as_" not in node.name:  # a form of a value is no service
                positional.append(f"{name(path, node.lineno)} {node.name}")
    assert not positional


def test_tasks_only_fetch_and_call() -> None:
    long = [
        f"{name(path, node.lineno)} {node.name}"
        for path in python_files(tests=False)
        if path.stem == "tasks"
        for node in functions(path)
        if node.decorator_list and _lines(node) > 10
    ]
    assert not long


def test_no_exception_is_swallowed() -> None:
    swallowed = [
        name(path, node.lineno)
        for path in python_files(tests=False)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and len(node.body) == 1
        and isinstance(node.body[0], ast.Pass)
    ]
    assert not swallowed
