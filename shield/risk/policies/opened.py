"""Findings that a proposed limit would open: failures of the last run that have no active finding."""

from __future__ import annotations

import numpy as np

from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.risk.policies.batches import Batch, Places, identities
from shield.risk.policies.judging import FAIL

KNOWN = [*FindingState.active(), FindingState.ACCEPTED, FindingState.FALSE_POSITIVE]


def opened_by(batch: Batch, differs: Places) -> Places:
    """The measurements that a next run with the same numbers would make findings of."""
    latest = np.array([run.latest for run in batch.runs], dtype=bool)
    failing = differs[(batch.new.outcome[differs] == FAIL) & latest[batch.run[differs]]]
    if not failing.size:
        return failing
    known = set(
        Finding.objects.filter(
            service__in={batch.run_of(place).service_id for place in failing.tolist()},
            check_id__in={batch.check_of(place) for place in failing.tolist()},
            state__in=KNOWN,
        ).values_list("service_id", "check_id", "slice_key")
    )
    fresh = [place for place, identity in identities(batch, failing) if identity not in known]
    return np.array(fresh, dtype=np.int64)
