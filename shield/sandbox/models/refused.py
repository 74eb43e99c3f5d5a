"""Formats that can run code when they are loaded: recognised by content and refused with a way out."""

from __future__ import annotations

import zlib

from shield.sandbox.contract import SandboxFailure

_ENDINGS = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".cloudpickle", ".dill")
_ADVICE = (
    "Export it to a format that cannot: scikit-learn to ONNX (skl2onnx) or skops, XGBoost with "
    "save_model('model.json'), LightGBM with save_model('model.txt'), PyTorch to ONNX (torch.onnx.export)."
)


def refuse_code(data: bytes, name: str) -> None:
    """SandboxFailure when `data` is a pickle, in whatever wrapping, or is named like one."""
    kind = _kind(data, name.lower())
    if kind:
        raise SandboxFailure(
            "pickle_refused", f"{name} is {kind}: loading it can run any code.", _ADVICE
        )


def _kind(data: bytes, name: str) -> str | None:
    if _is_pickle(data):
        return "a pickle"
    if data.startswith(b"PK\x03\x04") and (b"/data.pkl" in data or b"data.pkl" in data[:200]):
        return "a PyTorch archive that holds a pickle"
    if data.startswith((b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")) and _is_pickle(
        _inflated(data)
    ):
        return "a compressed pickle (joblib)"
    if data.startswith(b"ustar", 257) or b"sys_info" in data[:200]:
        return "a PyTorch file of the old kind, which is a pickle"
    if name.endswith(_ENDINGS):
        return "named like a pickle"
    return None


def _is_pickle(data: bytes) -> bool:
    """Protocols 2 to 5 start with \\x80 and their number; protocols 0 and 1 are found by their opcodes."""
    if data[:1] == b"\x80" and len(data) > 1 and 2 <= data[1] <= 5:
        return True
    return data.rstrip().endswith(b".") and data.startswith(
        (b"c__", b"ccopy_reg", b"csklearn", b"cnumpy", b"cbuiltins", b"cos\n", b"cposix\n", b"(dp", b"(lp",
         b"(i", b"c__builtin__")
    )  # fmt: skip


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data[:4096], 64)
    except zlib.error:
        return b""
