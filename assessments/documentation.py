"""What the checks mean, for reports and exports, and which there are, for policies."""

from __future__ import annotations

from collections.abc import Iterator

from shield.reports.definitions import Definition
from shield.risk.catalogue import CheckFacts


def check_definitions() -> Iterator[Definition]:
    """Title and documentation of every check that this installation knows."""
    # The checks load numerical libraries: not before a report asks for them.
    from assessments.core.check import REGISTRY
    from assessments.core.plugins import load_checks

    load_checks()
    for check in REGISTRY.all().values():
        yield Definition(check.id, check.version, check.title, check.description)


def check_facts() -> Iterator[CheckFacts]:
    """Id, title and kinds of target of every check that this installation knows."""
    # As above: not before a policy asks for them.
    from assessments.core.check import REGISTRY
    from assessments.core.plugins import load_checks

    load_checks()
    for check in REGISTRY.all().values():
        yield CheckFacts(check.id, check.title, frozenset(task.value for task in check.tasks))
