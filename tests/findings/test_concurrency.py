"""Two runs of one service that finish at the same moment must not make a finding twice."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection

from shield.findings.models import Finding, TimelineEntry
from shield.findings.services import findings_update
from tests import factories

AT_ONCE = 4


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_runs_that_finish_together_take_turns():
    version = factories.version()
    runs = [factories.run(version) for _ in range(AT_ONCE)]
    start, errors = Barrier(AT_ONCE), []

    def finish(run):
        try:
            start.wait(timeout=10)
            findings_update(run=run)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=finish, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    assert Finding.objects.count() == 4
    acts = list(TimelineEntry.objects.values_list("act", flat=True))
    assert (acts.count("opened"), acts.count("seen")) == (4, 4 * (AT_ONCE - 1))
