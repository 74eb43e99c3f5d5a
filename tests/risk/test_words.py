"""How parts of a policy are written on a page."""

from __future__ import annotations

import pytest

from shield.risk.templatetags.risk import policy_value


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"min": -0.1, "max": 0.1}, "± 0.100"),
        ({"min": -0.2, "max": 0.2, "severity": "high"}, "± 0.200: high"),
        ({"min": 0.8}, "≥ 0.800"),
        ({"min": 0.0}, "≥ 0"),
        ({"max": -0.1}, "≤ −0.100"),
        ({"min": 0.0, "max": 0.2}, "≥ 0, ≤ 0.200"),
    ],
)
def test_a_limit_is_said_as_everywhere_else(limit: dict[str, object], said: str) -> None:
    assert policy_value("limit", limit) == said
