"""Two runs side by side: what was different about them, and what their numbers say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shield.evidence.difference import Difference, difference
from shield.evidence.measurement import Interval
from shield.evidence.outcome import Outcome
from shield.records.models import MeasurementRecord, Run

KINDS = ("new_failure", "fixed", "changed", "same", "only_before", "only_after")


@dataclass(frozen=True, slots=True)
class Pair:
    """The same check on the same slice in both runs; either side may be missing."""

    check_id: str
    title: str
    slice: Mapping[str, str]
    before: MeasurementRecord | None
    after: MeasurementRecord | None

    @property
    def difference(self) -> Difference | None:
        """after − before; None unless both were measured."""
        if self.before is None or self.after is None:
            return None
        if self.before.value is None or self.after.value is None:
            return None
        return difference(
            self.before.value, _interval(self.before), self.after.value, _interval(self.after)
        )

    @property
    def kind(self) -> str:
        """What happened between the runs (see KINDS)."""
        if self.before is None:
            return "only_after"
        if self.after is None:
            return "only_before"
        was, now = self.before.outcome, self.after.outcome
        if now == Outcome.FAIL and was != Outcome.FAIL:
            return "new_failure"
        if was == Outcome.FAIL and now == Outcome.PASS:
            return "fixed"
        return "same" if was == now else "changed"


def _interval(item: MeasurementRecord) -> Interval | None:
    """The recorded interval; a null end was infinite. None when there was none at all."""
    if item.low is None and item.high is None:
        return None
    low = float("-inf") if item.low is None else item.low
    return Interval(low, float("inf") if item.high is None else item.high)


def pairs(before: Run, after: Run) -> list[Pair]:
    """Every check and slice of either run, in one query each; new failures come first."""
    old, new = _by_key(before), _by_key(after)
    found = [_pair(old.get(key), new.get(key)) for key in dict.fromkeys([*new.keys(), *old.keys()])]
    return sorted(found, key=lambda pair: (KINDS.index(pair.kind), pair.check_id))


def _by_key(run: Run) -> dict[tuple[str, str], MeasurementRecord]:
    rows = (
        MeasurementRecord.objects.filter(check_record__run=run)
        .select_related("check_record")
        .order_by("check_record__position", "position")
    )
    return {(row.check_record.check_id, row.slice_key): row for row in rows}


def _pair(before: MeasurementRecord | None, after: MeasurementRecord | None) -> Pair:
    known = after or before
    assert known is not None  # a key comes from one of the two
    record = known.check_record
    return Pair(record.check_id, record.title, known.slice, before, after)


def counts(found: Iterable[Pair]) -> dict[str, int]:
    """How many pairs of each kind, all kinds present."""
    totals = dict.fromkeys(KINDS, 0)
    for pair in found:
        totals[pair.kind] += 1
    return totals


@dataclass(frozen=True, slots=True)
class Fact:
    """One circumstance of both runs."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """True when the runs cannot be compared as if only chance lay between them."""
        return self.before != self.after


def circumstances(before: Run, after: Run) -> list[Fact]:
    """What the runs were made of: version, artefact, data, policy, seed and packages."""
    facts = [
        ("Version", before.version.label, after.version.label),
        ("Model SHA-256", before.version.artefact_sha256, after.version.artefact_sha256),
        ("Policy SHA-256", before.policy_sha256, after.policy_sha256),
        ("Seed", str(before.seed), str(after.seed)),
    ]
    old, new = (_mapping(run, "data_sha256") for run in (before, after))
    facts += [
        (f"Data ({role}) SHA-256", old.get(role, "–"), new.get(role, "–"))
        for role in sorted(old.keys() | new.keys())
    ]
    old, new = (_mapping(run, "packages") for run in (before, after))
    facts += [
        (f"Package {name}", old.get(name, "–"), new.get(name, "–"))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    return [Fact(*fact) for fact in facts]


def _mapping(run: Run, key: str) -> dict[str, str]:
    return {str(name): str(value) for name, value in (run.reproducibility.get(key) or {}).items()}
