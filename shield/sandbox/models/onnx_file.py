"""What an ONNX file says about itself, and the refusal of files that point outside themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shield.sandbox.contract import SandboxFailure
from shield.sandbox.labels import label_text
from shield.sandbox.models.base import invalid_model, library_missing

if TYPE_CHECKING:
    import onnx

_LABELS = ("classlabels_ints", "classlabels_int64s", "classlabels_strings")


@dataclass(frozen=True, slots=True)
class OnnxFacts:
    """The metadata entries `feature_names` and `classes`, or the classes that the operators carry."""

    feature_names: tuple[str, ...] | None
    classes: tuple[str, ...] | None


def inspect(data: bytes, name: str) -> OnnxFacts:
    """Read the file's header parts; SandboxFailure for external data and for what is not ONNX."""
    try:
        import onnx
    except ImportError as error:
        raise library_missing("onnx", error) from error
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except Exception as error:
        if isinstance(error, MemoryError):
            raise
        raise invalid_model(name, "onnx", error) from error
    if not model.graph.node:
        raise invalid_model(name, "onnx", "it holds no graph.")
    for graph in _graphs(model):
        _refuse_external(graph, name)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    return OnnxFacts(
        feature_names=_names(metadata.get("feature_names")),
        classes=_names(metadata.get("classes")) or _classes(model.graph),
    )


def _graphs(model: onnx.ModelProto) -> Iterator[Any]:
    """The graph, the functions, and every graph inside an operator."""
    waiting = [model.graph, *model.functions]
    while waiting:
        graph = waiting.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                waiting += [part for part in (attribute.g, *attribute.graphs) if part.node]


def _tensors(graph: onnx.GraphProto) -> Iterator[Any]:
    yield from getattr(graph, "initializer", ())
    for sparse in getattr(graph, "sparse_initializer", ()):
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            yield from (attribute.sparse_tensor.values, attribute.sparse_tensor.indices)


def _refuse_external(graph: onnx.GraphProto, name: str) -> None:
    external = 1  # TensorProto.EXTERNAL
    for tensor in _tensors(graph):
        if tensor.data_location == external or tensor.external_data:
            raise SandboxFailure(
                "model_external_data",
                f"{name} keeps weights in another file, which is not read.",
                "Save the model as one file: onnx.save(model, path, save_as_external_data=False).",
            )


def _names(text: str | None) -> tuple[str, ...] | None:
    """A JSON list, or names with commas between."""
    if not text:
        return None
    try:
        names = json.loads(text)
    except ValueError:
        names = text.split(",")
    if not isinstance(names, list) or not names:
        return None
    return tuple(label_text(name) for name in names)


def _classes(graph: onnx.GraphProto) -> tuple[str, ...] | None:
    """The class labels of the last operator that carries some."""
    for node in reversed(graph.node):
        for attribute in node.attribute:
            if attribute.name in _LABELS and (attribute.ints or attribute.strings):
                texts = [label.decode("utf-8", "replace") for label in attribute.strings]
                return tuple(texts or [str(label) for label in attribute.ints])
    return None
