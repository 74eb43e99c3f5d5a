"""The home page's charts: each as a drawing, and as the table that says the same.

They read a row a day (`shield.risk.figures`), never a million findings, and are narrowed to what
their reader may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shield.accounts.policy import scope, visible
from shield.common.counting import count_rows
from shield.findings.models import Finding
from shield.records.choices import SeverityChoice
from shield.risk.figures import AGES, figures_of_now
from shield.risk.models import DayFigures
from shield.web.calendar import Calendar, expiry_calendar
from shield.web.charts.shares import Share, share_points
from shield.web.charts.stacked import Column, Kind, stacked_columns

WEEKS: Final = (13, 26, 52)
"""The spans that the charts over time offer."""
MONTHS: Final = 12
KEPT_S: Final = 60
FEW: Final = 5_000
"""As many findings are counted while somebody waits."""
_WIDE: Final = 560
_WHOLE: Final = 1130
_NARROW: Final = 330
_COUNTS: Final = ("active", "opened", "resolved", "due", "due_kept", *(name for name, _d in AGES))

Day = Mapping[str, Mapping[str, int]]
"""Severity → figure → count."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart for both widths, with its table; `note` says what is counted."""

    id: str
    title: str
    note: str
    wide: str
    narrow: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    spans: bool = False
    """It is drawn over the whole width of the page."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The days that were kept, oldest first, as one reader may see them."""

    today: date
    days: Mapping[date, Day]
    rebuilt_until: date | None
    """The last day that was reconstructed rather than kept."""

    @property
    def newest(self) -> date:
        """The last day that has figures."""
        return max(self.days, default=self.today)

    def last_of(self, first: date, last: date) -> Day | None:
        """The figures at the end of a span: of its latest day that was kept; None: a gap."""
        kept = [day for day in self.days if first <= day <= last]
        return self.days[max(kept)] if kept else None

    def total(self, name: str, first: date, last: date) -> int:
        """A figure added up over a span."""
        return sum(
            counts[name]
            for day, by_severity in self.days.items()
            if first <= day <= last
            for counts in by_severity.values()
        )


def figures(user: object, *, at: datetime | None = None) -> Figures:
    """The figures of the last year in three queries at most.

    Where nobody has kept today's yet, as in the minutes after midnight, the charts end with the last
    day that was kept, and say so. A few thousand findings are counted at once instead.
    """
    now = at or timezone.now()
    today = now.astimezone(UTC).date()
    start = (today.replace(day=1) - timedelta(days=366)).replace(day=1)
    rows: Any = visible(DayFigures.objects.filter(day__gte=start), user, "finding.view")
    days: dict[date, dict[str, dict[str, int]]] = {}
    summed = (
        rows.order_by()
        .values("day", "severity")
        .annotate(**{f"sum_{name}": Sum(name) for name in _COUNTS})
    )
    for row in summed:
        counts = {name: row[f"sum_{name}"] for name in _COUNTS}
        days.setdefault(row["day"], {})[row["severity"]] = counts
    if today not in days and _are_few():
        days[today] = _today(user, now)
    rebuilt = rows.filter(reconstructed=True).aggregate(last=Max("day"))["last"]
    return Figures(today, dict(sorted(days.items())), rebuilt)


def _are_few() -> bool:
    return not count_rows(Finding.objects.all(), limit=FEW).more


def _today(user: object, now: datetime) -> dict[str, dict[str, int]]:
    where = scope(user, "finding.view")
    counted = {severity: dict.fromkeys(_COUNTS, 0) for severity in SeverityChoice.values}
    for row in figures_of_now(now):
        if where.everywhere or row.unit_id in where.units:
            for name in _COUNTS:
                counted[row.severity][name] += getattr(row, name)
    return counted


@dataclass(frozen=True, slots=True)
class Overview:
    """What the home page shows of how things move."""

    charts: list[Chart]
    calendar: Calendar


def overview_kept(user: object, *, weeks: int) -> Overview:
    """Charts and calendar, made at most once a minute for all who may see the same: they move slowly."""
    where = scope(user, "finding.view")
    seen = "all" if where.everywhere else "-".join(map(str, sorted(where.units)))
    key = f"home-{timezone.now():%Y%m%d}-{weeks}-{get_language()}-{seen}"
    hidden = sha256(key.encode()).hexdigest()  # many units would make too long a key
    found: Overview | None = cache.get(hidden)
    if found is None:
        found = Overview(charts(figures(user), weeks=weeks), expiry_calendar(user))
        cache.set(hidden, found, KEPT_S)
    return found


def charts(found: Figures, *, weeks: int) -> list[Chart]:
    """Severity over time, age of what is active, promises kept."""
    return [
        severity_over_time(found, weeks=weeks),
        age_of_active(found),
        promises_kept(found),
    ]


def severity_over_time(found: Figures, *, weeks: int) -> Chart:
    """Active findings at the end of each week by severity."""
    columns = []
    for back in range(weeks - 1, -1, -1):
        last = found.today - timedelta(weeks=back)
        day = found.last_of(last - timedelta(days=6), last)
        counts = None if day is None else {key: each["active"] for key, each in day.items()}
        columns.append(Column(date_format(last, "j M"), date_format(last, "j F Y"), counts))
    note = _("Active findings at the end of each week; a dot where nothing was recorded.")
    if found.rebuilt_until is not None:
        note += " " + _("Until %(day)s rebuilt from the present dates of the findings.") % {
            "day": date_format(found.rebuilt_until, "j F Y")
        }
    title = _("Active findings by severity")
    drawn = _stacked("severity-over-time", title, note, columns, _("Week until"), size=_WHOLE)
    return replace(drawn, spans=True)


def age_of_active(found: Figures) -> Chart:
    """Active findings by how long they have been open."""
    words = {
        "age_7": (_("≤ 7 d"), _("up to 7 days")),
        "age_30": (_("≤ 30 d"), _("8 to 30 days")),
        "age_90": (_("≤ 90 d"), _("31 to 90 days")),
        "age_180": (_("≤ 180 d"), _("91 to 180 days")),
        "age_older": (_("older"), _("older than 180 days")),
    }
    now = found.days.get(found.newest)
    columns = [
        Column(
            *words[name],
            None if now is None else {key: counts[name] for key, counts in now.items()},
            href=_aged(name),
        )
        for name, _days in AGES
    ]
    note = _("Time since each was opened, or opened again.")
    if found.newest != found.today:
        note += " " + _("As of %(day)s.") % {"day": date_format(found.newest, "j F Y")}
    return _stacked("age-of-active", _("Age of active findings"), note, columns, _("Open for"))


def _aged(name: str) -> str:
    return f"/findings/?show=active&age={name.removeprefix('age_')}"


def promises_kept(found: Figures) -> Chart:
    """Of the findings due in a month, the share resolved by their due date, with its interval."""
    shares = []
    month = found.today.replace(day=1)
    for _back in range(MONTHS):
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        n = found.total("due", month, last)
        kept = min(found.total("due_kept", month, last), n)
        shares.append(Share(date_format(month, "M"), date_format(month, "F Y"), kept, n))
        month = (month - timedelta(days=1)).replace(day=1)
    shares.reverse()
    title = _("Resolved by their due date")
    wide, narrow = (share_points(shares, title=title, width=size) for size in (_WIDE, _NARROW))
    return Chart(
        id="promises-kept",
        title=title,
        note=_(
            "Of all findings due in a month, those resolved by then; accepted ones are left out. "
            "Lines are 95 % Wilson intervals."
        ),
        wide=wide,
        narrow=narrow,
        head=[_("Month"), _("Kept"), _("95 % interval"), _("Due")],
        rows=[_share_row(share) for share in shares],
    )


def _share_row(share: Share) -> list[object]:
    if share.value is None:
        return [share.full, "–", "–", 0]
    low, high = share.interval
    return [share.full, f"{share.value:.0%}", f"[{low:.0%}, {high:.0%}]", share.n]


def _stacked(
    id: str, title: str, note: str, columns: Sequence[Column], first: str, *, size: int = _WIDE
) -> Chart:
    kinds = [Kind(value, str(label)) for value, label in SeverityChoice.choices]
    wide, narrow = (
        stacked_columns(columns, kinds, title=title, width=width) for width in (size, _NARROW)
    )
    return Chart(
        id=id,
        title=title,
        note=note,
        wide=wide,
        narrow=narrow,
        head=[first, *(kind.word for kind in kinds), _("All")],
        rows=[
            [
                column.full,
                *(
                    "–" if column.counts is None else column.counts.get(kind.value, 0)
                    for kind in kinds
                ),
                "–" if column.counts is None else column.total,
            ]
            for column in columns
        ],
    )
