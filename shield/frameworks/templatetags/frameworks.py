"""Coverage in templates."""

from __future__ import annotations

from django import template

from shield.frameworks.catalogue import frameworks
from shield.frameworks.choices import MEASURED_NAMES, STATED_NAMES
from shield.frameworks.coverage import Coverage, Measured, Stated
from shield.frameworks.models import Statement
from shield.frameworks.selectors import service_coverages
from shield.registry.models import Service

register = template.Library()


@register.simple_tag
def state_value(kind: str, state: Measured | Stated) -> str:
    """The value by which the list of services is asked for a state."""
    name = MEASURED_NAMES[state] if isinstance(state, Measured) else STATED_NAMES[state]
    return f"{kind}:{name}"


@register.simple_tag
def frameworks_of(service: Service) -> list[Coverage]:
    """Coverage of each framework that a service declares."""
    return service_coverages(service)


@register.filter
def framework_title(name: str) -> str:
    """The title of a framework; its id when this installation does not know it."""
    found = frameworks().get(name)
    return found.title if found else name


@register.filter
def requirement_title(statement: Statement) -> str:
    """The title of the requirement that a statement is about; "" when the catalogue lost it."""
    found = frameworks().get(statement.framework)
    requirement = found.by_id.get(statement.requirement) if found else None
    return requirement.title if requirement else ""
