"""Reads `shield.yaml`: all problems at once, or a manifest that is right."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shield.registry.manifest.document import MAX_BYTES, Node, parse
from shield.registry.manifest.model import DataSection, Manifest, ModelSection, ServiceSection
from shield.registry.manifest.problems import Problems
from shield.registry.manifest.reader import Section
from shield.registry.manifest.sections import (
    CHECK,
    DATA_KEYS,
    MODEL_KEYS,
    SERVICE_KEYS,
    read_data,
    read_gate,
    read_model,
    read_parameters,
    read_policy,
    read_service,
)

KEYS: Final = ("shield", "service", "model", "data", "checks", "parameters", "policy", "gate")


def load(path: str | Path) -> Manifest:
    """The manifest at `path`, with every file that it names resolved and confined to its folder.

    Raises ManifestError, and nothing else, whatever the file holds.
    """
    path = Path(path)
    problems = Problems(path.name or "shield.yaml")
    root = parse(_bytes(path, problems), problems)
    manifest = _read(root, path.absolute(), problems)
    problems.raise_if_any()
    assert manifest is not None
    return manifest


def _bytes(path: Path, problems: Problems) -> bytes:
    if path.is_dir():
        raise problems.stop(
            line=1,
            key="file",
            expected="a manifest, but this is a folder",
            fix=f"give the file itself, e.g. {path / 'shield.yaml'}",
        )
    try:
        if not path.is_file():
            raise FileNotFoundError(2, "there is no such file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "cannot be opened"
        raise problems.stop(
            line=1,
            key="file",
            expected=f"a manifest that can be read ({reason})",
            fix="give the path of a shield.yaml",
        ) from error


def _read(root: Node, path: Path, problems: Problems) -> Manifest | None:
    if root.kind != "mapping":
        raise problems.stop(
            line=root.line,
            key="file",
            expected=f"a mapping that starts with 'shield: 1', got {root.shown}",
            fix="write 'key: value' lines",
        )
    top = Section(root, "", problems, KEYS)
    _format_version(top)
    folder = path.parent.resolve()
    service = top.section("service", SERVICE_KEYS)
    model = top.section("model", MODEL_KEYS)
    data = top.section("data", DATA_KEYS)
    read: tuple[ServiceSection | None, ModelSection | None, DataSection | None] = (
        read_service(service) if service else None,
        (parsed_model := read_model(model, folder)) if model else None,
        read_data(data, folder, parsed_model.kind if model else "") if data else None,
    )
    checks = top.texts("checks", "pillars or check ids, e.g. fairness", pattern=CHECK)
    policy = read_policy(top.mapping("policy", "check id: {min, max}"), problems)
    parameters = read_parameters(top.mapping("parameters", "check id: {…}"), problems)
    gate = read_gate(top.section("gate", ("fail_on",), required=False))
    if problems.found or read[0] is None or read[1] is None or read[2] is None:
        return None
    return Manifest(
        file=path,
        service=read[0],
        model=read[1],
        data=read[2],
        checks=checks,
        parameters=parameters,
        policy=policy,
        gate=gate,
        lines=_lines(root),
    )


def _format_version(top: Section) -> None:
    node = top.get("shield")
    if node is None:
        top.problems.add(
            line=1,
            key="shield",
            expected="the format's version, but the key is missing",
            fix="add 'shield: 1' as the first line",
        )
    elif node.value != 1 or isinstance(node.value, bool):
        top.wrong(node, "shield", "1, the format's only version", "write 'shield: 1'")


def _lines(node: Node, key: str = "") -> dict[str, int]:
    lines = {key: node.line} if key else {}
    for name, child in node.entries.items():
        lines |= _lines(child, f"{key}.{name}" if key else name)
    for index, child in enumerate(node.items):
        lines |= _lines(child, f"{key}[{index}]")
    return lines
