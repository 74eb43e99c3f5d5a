"""Every act that the code can write into the audit trail has words for those who read it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from shield.findings.choices import EndReason
from shield.incidents.transitions import Move
from shield.web.act_words import ACT_WORDS

ROOT: Final = Path(__file__).parents[2]
ACT: Final = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS: Final = {"record", "Draft", "Told", "Stage"}
"""What an event is made of; a function that hands its parameter `act` on to one of them is another."""

COMPOSED: Final[Mapping[str, set[str]]] = {
    "f'incident.{move}'": {f"incident.{move}" for move in Move},
    "f\"run.{('fail' if state is RunState.FAILED else 'error')}\"": {"run.fail", "run.error"},
    "f'acceptance.{why}'": {
        f"acceptance.{why}" for why in (EndReason.EXPIRED, EndReason.WORSE, EndReason.GRAVER)
    },
    "f'{kind}.withdrawn'": {"acceptance.withdrawn", "false_positive.withdrawn"},
    "f'finding.{act}'": {
        "finding.opened", "finding.regressed", "finding.resolved", "finding.closed",
        "finding.retired", "finding.restored", "finding.start", "finding.release",
    },
}  # fmt: skip
"""Acts that are put together: as the code writes them → what can come of it."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees() -> list[ast.Module]:
    files = [file for room in ("shield", "assessments") for file in (ROOT / room).rglob("*.py")]
    return [ast.parse(file.read_text(encoding="utf-8")) for file in sorted(files)]


def name_of(call: ast.Call, aliases: Mapping[str, str]) -> str:
    called = call.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return aliases.get(name, name)


def aliases_of(tree: ast.Module) -> dict[str, str]:
    """Other names under which a module imports what writes."""
    return {
        each.asname: each.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for each in node.names
        if each.asname and each.name in WRITERS
    }


def given(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given; calls inside it are seen by themselves."""
    for each in [*call.args, *(word.value for word in call.keywords)]:
        if not isinstance(each, ast.Call):
            yield each


def writers(modules: list[ast.Module]) -> set[str]:
    """Every function through which an act passes on its way into an event, by name."""
    known = set(WRITERS)
    handing_on = {
        (function.name, name_of(call, aliases))
        for tree in modules
        for aliases in [aliases_of(tree)]
        for function in ast.walk(tree)
        if isinstance(function, Function)
        and "act" in {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and any(isinstance(each, ast.Name) and each.id == "act" for each in given(call))
    }
    while True:
        found = {name for name, called in handing_on if called in known}
        if found <= known:
            return known
        known |= found


def constants(within: ast.AST) -> set[str]:
    """Texts that look like an act."""
    return {
        part.value
        for part in ast.walk(within)
        if isinstance(part, ast.Constant)
        and isinstance(part.value, str)
        and ACT.fullmatch(part.value)
    }


def chosen(function: Function) -> set[str]:
    """What a function keeps in a variable `act` before it writes it."""
    return set().union(
        *(
            constants(node.value)
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            and any(isinstance(name, ast.Name) and name.id == "act" for name in node.targets)
        )
    )


def acts_of(modules: list[ast.Module]) -> tuple[set[str], set[str]]:
    """Acts as they stand in the code, and those that are put together."""
    known, plain, composed = writers(modules), set(), set()
    for tree in modules:
        aliases = aliases_of(tree)
        for node in ast.walk(tree):
            if isinstance(node, Function) and any(
                isinstance(call, ast.Call) and name_of(call, aliases) in known
                for call in ast.walk(node)
            ):
                plain |= chosen(node)
            if not isinstance(node, ast.Call) or name_of(node, aliases) not in known:
                continue
            for argument in given(node):
                if isinstance(argument, ast.JoinedStr):
                    composed.add(ast.unparse(argument))
                else:
                    plain |= constants(argument)
    return plain, {each for each in composed if re.match(r"f['\"]([a-z_]+|\{[a-z]+\})\.", each)}


def test_every_act_has_words() -> None:
    plain, composed = acts_of(trees())
    assert composed <= set(COMPOSED), "say in COMPOSED what can come of these"
    acts = plain.union(*COMPOSED.values())
    assert len(acts) > 100  # the walk sees something
    assert sorted(acts - set(ACT_WORDS)) == []
