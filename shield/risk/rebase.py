"""A policy form whose base was replaced meanwhile: moved onto the version in force, words and all.

What the person changed stays as typed; what they left as it was in the old version becomes what it is in
the new one. So nothing is lost, and nobody's approved change is undone by an old form.
"""

from __future__ import annotations

from typing import Any

from django.forms import Form

from shield.common.refusals import renewed
from shield.risk.forms import PolicyForm, initial_policy, initial_rules
from shield.risk.models import PolicyVersion


def rebased(form: PolicyForm, rules: Any, current: PolicyVersion) -> None:  # noqa: ANN401  (a formset)
    """Move bound, valid forms onto the version in force."""
    number = form.cleaned_data["base"]
    old = PolicyVersion.objects.filter(tier=current.tier, number=number).first()
    if old is None:
        renewed(form, {"base": current.number})
        return
    _follow(form, initial_policy(old), initial_policy(current))
    before = {each["check"]: each for each in initial_rules(old.policy)}
    after = {each["check"]: each for each in initial_rules(current.policy)}
    for each in rules:
        check = each.cleaned_data["check"]
        _follow(each, before.get(check, {}), after.get(check, {}))


def _follow(form: Form, before: dict[str, Any], after: dict[str, Any]) -> None:
    moved = {
        name: after.get(name)
        for name in form.fields
        if name in {*before, *after}
        and before.get(name) != after.get(name)
        and _same(form.cleaned_data.get(name), before.get(name))
    }
    renewed(form, {name: _sent(value) for name, value in moved.items()})


def _same(typed: object, shown: object) -> bool:
    if isinstance(typed, str) and isinstance(shown, str):
        return typed.split() == shown.split()  # browsers send other line ends
    return typed == shown or (typed in (None, "", False) and shown in (None, "", False))


def _sent(value: object) -> object:
    """As a browser sends it: an empty tick box is an empty text."""
    return "on" if value is True else None if value is False else value
