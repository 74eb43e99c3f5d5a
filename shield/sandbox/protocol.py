"""Length-prefixed JSON frames between parent and child; both sides refuse frames that are too long."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

FRAME_BYTES = 64 * 1024 * 1024
HEADER = struct.Struct(">I")

Frame = dict[str, Any]


class ProtocolError(Exception):
    """The other side does not speak the protocol: a frame is cut, too long, or not a JSON object."""


def encode(frame: Frame) -> bytes:
    """One frame as bytes: four bytes of length, then UTF-8 JSON."""
    body = json.dumps(frame, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    if len(body) > FRAME_BYTES:
        raise ProtocolError(f"a frame of {len(body)} bytes is longer than {FRAME_BYTES}")
    return HEADER.pack(len(body)) + body


def decode(body: bytes) -> Frame:
    """The JSON object in a frame's body."""
    try:
        frame = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a frame is not JSON") from error
    if not isinstance(frame, dict):
        raise ProtocolError("a frame is not a JSON object")
    return frame


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not JSON")


def read_frame(stream: BinaryIO) -> Frame:
    """The next frame of a blocking stream (the child reads its one request so)."""
    (length,) = HEADER.unpack(_exactly(stream, HEADER.size))
    if length > FRAME_BYTES:
        raise ProtocolError(f"a frame of {length} bytes is longer than {FRAME_BYTES}")
    return decode(_exactly(stream, length))


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise ProtocolError("the stream ended inside a frame")
    return data


class FrameBuffer:
    """Collects bytes as they arrive and gives back the frames that are complete."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Add bytes; the frames that they completed."""
        self._data += data
        frames = []
        while len(self._data) >= HEADER.size:
            (length,) = HEADER.unpack_from(self._data)
            if length > FRAME_BYTES:
                raise ProtocolError(f"a frame of {length} bytes is longer than {FRAME_BYTES}")
            end = HEADER.size + length
            if len(self._data) < end:
                break
            frames.append(decode(bytes(self._data[HEADER.size : end])))
            del self._data[:end]
        return frames
