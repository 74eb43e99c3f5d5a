"""Digests, quiet hours in the person's own time zone, and the waits between attempts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.notify.models import Preference
from shield.notify.schedule import EMAIL_WAITS, WEBHOOK_WAITS, email_due, wait

SINGAPORE = "Asia/Singapore"  # UTC+8, without summer time


def at(hour: int, minute: int = 0, day: int = 10, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def wish(**more: object) -> Preference:
    return Preference(**{"time_zone": "UTC", "critical_passes": False, **more})


def test_without_a_wish_mail_goes_at_once() -> None:
    assert email_due(None, at(3), critical=False) == (at(3), False)


@pytest.mark.parametrize(
    ("now", "due"), [(at(7), at(8)), (at(8), at(8, day=11)), (at(23), at(8, day=11))]
)
def test_a_digest_waits_for_its_hour(now: datetime, due: datetime) -> None:
    assert email_due(wish(email_rhythm="digest", digest_hour=8), now, critical=False) == (due, True)


def test_a_digests_hour_is_that_of_the_persons_clock() -> None:
    wished = wish(email_rhythm="digest", digest_hour=8, time_zone=SINGAPORE)
    assert email_due(wished, at(1), critical=False)[0] == at(0, day=11)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(21, 59), at(21, 59)), (at(22), at(6, day=11)), (at(23), at(6, day=11)),
        (at(2), at(6)), (at(5, 59), at(6)), (at(6), at(6)),
    ],
)  # fmt: skip
def test_quiet_hours_over_midnight_hold_mail_back_until_their_end(
    now: datetime, due: datetime
) -> None:
    wished = wish(quiet_from=time(22), quiet_until=time(6))
    assert email_due(wished, now, critical=False) == (due, False)


def test_quiet_hours_of_a_day_and_none_at_all() -> None:
    lunch = wish(quiet_from=time(12), quiet_until=time(13))
    assert email_due(lunch, at(12, 30), critical=False)[0] == at(13)
    assert email_due(lunch, at(13), critical=False)[0] == at(13)
    same = wish(quiet_from=time(12), quiet_until=time(12))
    assert email_due(same, at(12), critical=False)[0] == at(12)


@pytest.mark.parametrize(("passes", "due"), [(True, at(2)), (False, at(6))])
def test_what_is_critical_passes_if_that_was_chosen(passes: bool, due: datetime) -> None:
    wished = wish(quiet_from=time(22), quiet_until=time(6), critical_passes=passes)
    assert email_due(wished, at(2), critical=True)[0] == due


def test_a_night_in_which_clocks_are_set_forward_has_its_morning() -> None:
    wished = wish(quiet_from=time(22), quiet_until=time(2, 30), time_zone="Europe/Berlin")
    due, _ = email_due(
        wished, at(23, day=28), critical=False
    )  # 2:30 is not on the clock that night
    assert at(0, day=29) < due <= at(2, day=29)


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),
    st.times(), st.times(), st.sampled_from(["UTC", SINGAPORE, "America/New_York", "Europe/Berlin"]),
    st.sampled_from(["at_once", "digest"]),
)  # fmt: skip
def test_mail_is_never_due_before_now_nor_more_than_a_day_later(
    now: datetime, start: time, end: time, zone: str, rhythm: str
) -> None:
    now = now.replace(tzinfo=UTC)
    wished = wish(quiet_from=start, quiet_until=end, time_zone=zone, email_rhythm=rhythm)
    due, _ = email_due(wished, now, critical=False)
    assert now <= due <= now + timedelta(hours=25, minutes=1)


def test_webhooks_are_tried_for_about_a_day_and_mail_for_most_of_one() -> None:
    assert timedelta(hours=20) < sum(WEBHOOK_WAITS, timedelta()) * 1.2 < timedelta(hours=30)
    assert timedelta(hours=16) < sum(EMAIL_WAITS, timedelta()) < timedelta(hours=24)


@pytest.mark.parametrize("attempts", range(1, len(WEBHOOK_WAITS) + 1))
def test_a_wait_is_spread_around_its_length(attempts: int) -> None:
    usual = WEBHOOK_WAITS[attempts - 1]
    found = {wait(WEBHOOK_WAITS, attempts) for _ in range(50)}
    assert len(found) > 40
    assert all(usual * 0.8 <= each <= usual * 1.2 for each in found if each)


def test_after_the_last_wait_it_is_given_up() -> None:
    assert wait(WEBHOOK_WAITS, len(WEBHOOK_WAITS) + 1) is None
