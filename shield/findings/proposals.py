"""What every proposal about a finding shares: its terms, the measurement it is made on, its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from shield.common.errors import Conflict, InvalidInput
from shield.findings.choices import Treatment
from shield.findings.days import last_day
from shield.findings.models import Acceptance, Decision, Finding
from shield.findings.texts import reason_of, text_of


@dataclass(frozen=True, slots=True)
class Terms:
    """What is proposed: how the risk is treated, why, and until when."""

    treatment: str
    category: str
    reason: str
    expires_at: datetime
    controls: str = ""
    mitigate_by: date | None = None


def measured(finding: Finding) -> dict[str, object]:
    """The finding's service and title and the exact measurement that a decision is made on, as columns
    of the decision."""
    item = finding.measurement
    return {
        "service_id": finding.service_id,
        "title": finding.title,
        "measurement": item,
        "run_id": item.check_record.run_id,
        "value": item.value,
        "low": item.low,
        "high": item.high,
        "severity": item.severity or finding.policy_severity,
    }


def checked(terms: Terms, at: datetime) -> Terms:
    """The terms with their texts cleaned; InvalidInput when they are not possible."""
    reason_of(terms.category, "acceptance")
    if terms.treatment not in Treatment.values:
        raise InvalidInput(
            "treatment_unknown",
            _("The treatment is not one of the list."),
            _("One of: %(treatments)s.") % {"treatments": ", ".join(Treatment.values)},
        )
    if not at < terms.expires_at <= at + Acceptance.LONGEST:
        raise InvalidInput(
            "expiry_out_of_range",
            _("An acceptance ends between now and 180 days from now."),
            _("Choose a day until %(last)s.")
            % {"last": last_day(at + Acceptance.LONGEST).isoformat()},
        )
    mitigates = terms.treatment == Treatment.MITIGATE
    if mitigates and not (
        terms.mitigate_by and at.date() <= terms.mitigate_by <= terms.expires_at.date()
    ):
        raise InvalidInput(
            "mitigate_by_missing",
            _("A mitigation needs its day, not after the acceptance ends."),
            _("Say by when the repair is in place."),
        )
    return replace(
        terms,
        reason=text_of(terms.reason, what="reason"),
        controls=text_of(terms.controls, what="controls", required=False),
        mitigate_by=terms.mitigate_by if mitigates else None,
    )


def refuse_pending(finding: Finding) -> None:
    """Conflict while another proposal waits: one question at a time."""
    if finding.pending:
        raise Conflict(
            "decision_pending",
            _("Something is proposed for this finding already and waits for a decision."),
            _("Decide it or withdraw it first."),
        )


def refuse_decided(row: Decision) -> None:
    """Conflict that says who was faster, unless the proposal still waits."""
    status: str = row.status  # type: ignore[attr-defined]
    if status != "proposed":
        who = row.decider.get_username() if row.decider else row.ended_by
        at = row.decided_at or row.ended_at or timezone.now()
        raise Conflict(
            "already_decided",
            _("%(who)s was faster: it is %(status)s since %(when)s UTC.")
            % {"who": who, "status": row.get_status_display().lower(),  # type: ignore[attr-defined]
               "when": f"{at:%Y-%m-%d %H:%M}"},
            _("Look at it as it is now. Nothing was changed."),
        )  # fmt: skip
