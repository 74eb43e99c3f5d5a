"""The published JSON Schema of `shield.yaml`; a test holds the loader to it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("shield-v1.schema.json")


@cache
def json_schema() -> dict[str, Any]:
    """The schema, as parsed JSON. Shared: do not change it."""
    schema: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return schema
