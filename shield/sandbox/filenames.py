"""The names of the files that a child leaves in its folder."""

PREPARED_NAME = "prepared.arrow"
FACTS_NAME = "prepared.json"
"""Beside the prepared table: what the model's columns mean (form, classes, features)."""


def kept_name(number: int) -> str:
    """The file with the profiled columns of the n-th described table."""
    return f"kept-{number}.arrow"
