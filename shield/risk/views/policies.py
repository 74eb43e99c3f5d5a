"""The policies of the tiers: what is in force, every version, what differs, and a form to change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, require
from shield.accounts.policy import may, visible
from shield.common.errors import NotPermitted, ShieldError
from shield.common.refusals import form_status
from shield.evidence.policy import Policy
from shield.registry.choices import Tier
from shield.risk.catalogue import CHECKS
from shield.risk.differences import Difference, policy_differences
from shield.risk.forms import PolicyForm, RuleFormSet, initial_policy, initial_rules
from shield.risk.forms_decisions import ReviewForm
from shield.risk.models import PolicyChange, PolicyException, PolicyVersion
from shield.risk.policies.models import ChangeState
from shield.risk.policies.proposals import policy_propose, policy_review
from shield.risk.policies.versions import (
    history_of,
    review_due,
    version_in_force,
    versions_in_force,
)
from shield.risk.rebase import rebased
from shield.risk.views.acts import actor_of, problems_of

WHAT: Mapping[str, Any] = {
    "rule": _("Limit"),
    "limit": _("Limit"),
    "grave": _("Grave"),
    "severity": _("Severity"),
    "required": _("Required for the gate"),
    "fail_on": _("Gate fails from"),
    "checks": _("Checks to run"),
    "cadence_days": _("Evidence holds for (days)"),
    "review_days": _("Review after (days)"),
}


def rule_lines(policy: Policy) -> list[dict[str, Any]]:
    """The rules of a policy as rows of a table, in the order of the policy's JSON form."""
    return [
        {"check": check, "title": CHECKS.title(check), "rule": rule}
        for check, rule in policy.rules.items()
    ]


def difference_lines(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """Differences with the words of a page."""
    return [
        {
            "title": CHECKS.title(each.check) if each.check else "",
            "word": WHAT[each.what],
            "it": each,
        }
        for each in found
    ]


def day_lines(before: PolicyVersion, after: PolicyVersion | PolicyChange) -> list[dict[str, Any]]:
    """What differs beside the rules: cadence and review."""
    found = []
    for name, looser in (("cadence_days", True), ("review_days", True)):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            direction = "looser" if (new > old) == looser else "tighter"
            found.append(Difference("", name, old, new, direction))
    return difference_lines(found)


def tier_or_404(tier: str) -> str:
    """The tier that an address names."""
    if tier not in Tier.values:
        raise Http404
    return tier


class PolicyList(PermissionRequired, TemplateView):
    """One card a tier, proposals that wait, and reviews that are late."""

    act = "policy.view"
    template_name = "risk/policy_list.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The versions in force with their reviews."""
        waiting = PolicyChange.objects.filter(state=ChangeState.PROPOSED)
        exceptions = PolicyException.objects.filter(state=ChangeState.PROPOSED)
        seen = visible(exceptions, self.request.user, "policy.view")
        return super().get_context_data(**kwargs) | {
            "policies": [
                (
                    version,
                    review_due(version),
                    sum(r.required for r in version.policy.rules.values()),
                )
                for version in versions_in_force()
            ],
            "waiting": list(waiting.select_related("proposer", "base")[:20]),
            "exceptions": list(seen.select_related("service", "proposer", "base")[:20]),
        }


class PolicyPage(PermissionRequired, TemplateView):
    """A version of a tier's policy: its rules, what it changed, and the tier's history."""

    act = "policy.view"
    template_name = "risk/policy.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The version that the address names, or the one in force."""
        user, tier = self.request.user, tier_or_404(self.kwargs["tier"])
        current = version_in_force(tier)
        number = self.kwargs.get("number", current.number)
        rows = PolicyVersion.objects.select_related("change__proposer", "change__decider")
        version = get_object_or_404(rows, tier=tier, number=number)
        before = rows.filter(tier=tier, number=number - 1).first()
        exceptions = PolicyException.objects.filter(base__tier=tier, state=ChangeState.APPROVED)
        seen = visible(exceptions.filter(ended_at=None), user, "policy.view")
        return super().get_context_data(**kwargs) | {
            "version": version,
            "current": current,
            "policy": version.policy,
            "rules": rule_lines(version.policy),
            "previous": before,
            "differences": [
                *difference_lines(policy_differences(before.policy, version.policy)),
                *day_lines(before, version),
            ]
            if before
            else [],
            "review": review_due(current),
            "history": history_of(tier),
            "exceptions": list(seen.select_related("service", "decider", "base")[:50]),
            "proposes": may(user, "policy.propose", current),
            "review_form": ReviewForm(auto_id="review-%s")
            if may(user, "policy.decide", current)
            else None,
        }


class PolicyPropose(PermissionRequired, TemplateView):
    """A form with every rule of the version in force."""

    act = "policy.propose"
    template_name = "risk/policy_form.html"

    def version(self) -> PolicyVersion:
        """The version in force, if this person may propose to change it."""
        version = version_in_force(tier_or_404(self.kwargs["tier"]))
        require(self.request.user, self.act, version)
        return version

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The version in force as a form."""
        version = self.version()
        rules: Any = kwargs.get("rules") or RuleFormSet(
            initial=initial_rules(version.policy), prefix="rule"
        )
        limited = [each for each in rules if each["check"].value() in version.document["rules"]]
        return {
            "version": version,
            "form": PolicyForm(initial=initial_policy(version)),
            "rules": rules,
            "limited": limited,
            "others": [each for each in rules if each not in limited],
        } | super().get_context_data(**kwargs)

    def post(self, request: HttpRequest, tier: str) -> HttpResponseBase:
        """Record the proposal and show it; otherwise the form again with what is wrong."""
        self.version()
        form, rules = PolicyForm(request.POST), RuleFormSet(request.POST, prefix="rule")
        if form.is_valid() and rules.is_valid():
            try:
                made = _propose(tier, form, rules, actor_of(request))
            except NotPermitted:
                raise
            except ShieldError as error:
                current = self.version()
                if form.cleaned_data["base"] != current.number:
                    rebased(form, rules, current)
                form.add_error(None, str(error))
                closing = getattr(error, "problems", [])
                return self._again(form, rules, closing, form_status(error))
            messages.success(
                request, str(_("Proposed. The back-test runs; somebody else decides."))
            )
            return redirect(made)
        return self._again(form, rules, [])

    def _again(
        self,
        form: PolicyForm,
        rules: Any,  # noqa: ANN401  (a formset)
        closing: list[Any],
        status: int = 422,
    ) -> HttpResponseBase:
        context = self.get_context_data(form=form, rules=rules, closing=closing)
        return self.render_to_response(context, status=status)


def _propose(tier: str, form: PolicyForm, rules: Any, actor: User) -> PolicyChange:  # noqa: ANN401
    data = form.cleaned_data
    named = {each.cleaned_data["check"]: each.as_rule() for each in rules}
    return policy_propose(
        tier=tier,
        base=data["base"],
        policy={
            "fail_on": data["fail_on"],
            "checks": data["checks"].split(),
            "rules": {check: rule for check, rule in named.items() if rule is not None},
        },
        cadence_days=data["cadence_days"],
        review_days=data["review_days"],
        backtest_days=data["backtest_days"],
        reason=data["reason"],
        actor=actor,
    )


class PolicyReviewed(PermissionRequired, View):
    """Say that the version in force was looked at and may stay."""

    act = "policy.decide"

    def post(self, request: HttpRequest, tier: str) -> HttpResponseBase:
        """Record the review."""
        version = version_in_force(tier_or_404(tier))
        require(request.user, self.act, version)
        form = ReviewForm(request.POST)
        if not form.is_valid():
            messages.error(request, problems_of(form))
            return redirect("policy-tier", tier=tier)
        try:
            policy_review(version=version, actor=actor_of(request), note=form.cleaned_data["note"])
        except ShieldError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, str(_("Reviewed. It stays in force.")))
        return redirect("policy-tier", tier=tier)
