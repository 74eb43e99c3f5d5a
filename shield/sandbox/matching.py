"""A model's feature names against a table's column names; without any library, for parent and child."""

from __future__ import annotations

import re
from collections.abc import Sequence


def match_features(features: Sequence[str], columns: Sequence[str]) -> tuple[list[str], list[str]]:
    """(the column of each feature that has one, the features that have none).

    Exact names count first; else names that agree when every sign that is not a letter, digit or
    underscore is read as an underscore, as LightGBM writes them, provided that only one does.
    """
    known = set(columns)
    loose: dict[str, list[str]] = {}
    for column in columns:
        loose.setdefault(_loose(column), []).append(column)
    found, missing = [], []
    for feature in features:
        same = loose.get(_loose(feature), [])
        if feature in known:
            found.append(feature)
        elif len(same) == 1:
            found.append(same[0])
        else:
            missing.append(feature)
    return found, missing


def _loose(name: str) -> str:
    return re.sub(r"\W", "_", name)
