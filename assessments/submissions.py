"""Submissions: hand in, register, start the run; survive the death of a worker.

The row is the truth and the queue a hint, as with runs. A worker claims a row by one conditional
UPDATE, a thread renews its lease while it works, and every later write names the attempt, so that a worker
that wakes up too late writes nothing. Registering the same bytes twice changes nothing, and the run
is started in the transaction that notes it: however often a worker dies, there is one version and
one run.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from celery import current_app
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from assessments.choices import SubmissionState
from assessments.leases import Kept, Lease, LeaseLost, claim
from assessments.manifests import manifest_of_text, named_files, refuse_missing
from assessments.models import Submission, SubmissionFile
from assessments.registering import register
from assessments.rehearsal import rehearse
from assessments.scratch import folder
from assessments.services import LARGEST_SEED, run_start
from shield.accounts.models import BusinessUnit, User
from shield.accounts.policy import may
from shield.audit.services import record
from shield.common.errors import InvalidInput, NotPermitted, ShieldError
from shield.registry.files import local_path
from shield.registry.manifest import Manifest
from shield.registry.models import Service, StoredFile
from shield.sandbox.client import SandboxFailure

UNHEARD: Final = timedelta(minutes=2)
"""How long a queued submission waits before its message counts as lost and is sent again."""
ATTEMPTS: Final = 3
KEPT: Final = timedelta(days=30)
REGISTER: Final = "assessments.tasks.submission_register"
REHEARSE: Final = "assessments.tasks.submission_rehearse"
ACT: Final = "service.register"

log = structlog.get_logger(__name__)


def submission_create(
    *,
    owner: User,
    manifest: str,
    name: str,
    files: Mapping[str, StoredFile],
    dry_run: bool = False,
    seed: int = 0,
    source: Mapping[str, str] | None = None,
) -> Submission:
    """A queued submission; a worker hears of it once the transaction has committed.

    `files` maps each path of the manifest to a file that the owner may use. Raises ManifestError
    with lines, and NotPermitted where the owner may not register this service.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidInput(
            "run.seed", f"The seed {seed} is out of range.", f"Use 0 to {LARGEST_SEED}."
        )
    read = manifest_of_text(text=manifest, name=name)
    unit = place(owner, read)
    refuse_missing(read, files)
    with transaction.atomic():
        submission = Submission.objects.create(
            owner=owner,
            unit=unit,
            service_slug=read.service.id,
            version_label=read.model.version,
            manifest=manifest,
            manifest_name=read.file.name,
            dry_run=dry_run,
            seed=seed,
            source=dict(source or {}),
        )
        SubmissionFile.objects.bulk_create(
            SubmissionFile(submission=submission, path=path, file=file)
            for path, file in files.items()
        )
        record(
            actor=owner.get_username(), act="submission.create", object_type="submission",
            object_id=submission.pk, object_text=str(submission), unit=unit.pk,
            after={"dry_run": dry_run, "seed": seed, "source": submission.source},
        )  # fmt: skip
        _enqueue(submission)
    return submission


def place(user: User, manifest: Manifest) -> BusinessUnit:
    """The business unit in which the manifest registers; NotPermitted where `user` may not.

    One answer for a service of a foreign unit, for a foreign unit and for one that does not exist:
    it says nothing of what is there.
    """
    section = manifest.service
    service = Service.objects.select_related("unit").filter(slug=section.id).first()
    if service is not None:
        unit: BusinessUnit | None = service.unit
    elif section.unit is None:
        unit = BusinessUnit.default()
    else:
        unit = BusinessUnit.objects.filter(slug=section.unit).first()
    if unit is None or not _may(user, service or unit):
        raise _refused(section.id)
    return unit


def _may(user: User, of: Service | BusinessUnit) -> bool:
    return may(user, ACT, of) and may(user, "run.start", of)


def _refused(slug: str) -> NotPermitted:
    return NotPermitted(
        "service.not_yours",
        f"You may not register {slug} here.",
        "It takes the role engineer in the service's business unit: check service.id and "
        "service.unit, or ask an administrator.",
    )


def _enqueue(submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk).update(enqueued_at=timezone.now())
    transaction.on_commit(_message(submission), robust=True)


def _message(submission: Submission) -> Callable[[], None]:
    task = REHEARSE if submission.dry_run else REGISTER  # a dry run computes: it is heavy

    def send() -> None:
        current_app.send_task(task, args=[str(submission.pk)])

    return send


def submission_work(*, submission_id: UUID, worker: str) -> None:
    """Register and start the run, or rehearse; returns at once when there is nothing to claim."""
    lease = claim(submission_id=submission_id, worker=worker)
    if lease is None:
        return
    with structlog.contextvars.bound_contextvars(submission_id=str(submission_id)):
        try:
            with Kept(lease):
                _work(lease)
        except (LeaseLost, OperationalError, InterfaceError) as gone:
            log.warning("submission_lease_lost", error=str(gone))  # whoever has it goes on
        except ShieldError as error:
            _end(lease, SubmissionState.FAILED, error)
        except SandboxFailure as failure:
            _end(
                lease,
                SubmissionState.FAILED,
                InvalidInput(failure.code, failure.message, failure.hint),
            )
        except Exception as error:
            log.exception("submission_errored")
            bug = ShieldError(
                "submission.bug",
                f"{type(error).__name__}: {error}",
                "This is a bug of the product; the worker's log has the details.",
            )
            _end(lease, SubmissionState.ERRORED, bug)


def _work(lease: Lease) -> None:
    submission = lease.submission
    owner = submission.owner

    def guard(service: Service) -> None:
        if not _may(owner, service):
            raise _refused(service.slug)

    with folder(f"submission-{submission.pk}") as scratch:
        lease.report(0.0, "Reading the files")
        manifest = _unpack(submission, scratch)
        if submission.dry_run:
            digests = dict(submission.files.values_list("path", "file__sha256"))
            result = rehearse(
                manifest_path=manifest, run_id=submission.pk, digests=digests,
                seed=submission.seed, guard=guard, progress=lease.report,
            )  # fmt: skip
            _finish(lease, state=SubmissionState.FINISHED, result=result)
            return
        version = register(manifest_path=manifest, actor=owner.get_username(), guard=guard)
    with transaction.atomic():
        lease.write()
        run = run_start(version=version, actor=owner.get_username(), seed=submission.seed)
        _finish(lease, state=SubmissionState.RUNNING, run=run)


def _finish(lease: Lease, **changes: object) -> None:
    ended = {} if changes["state"] == SubmissionState.RUNNING else {"finished_at": timezone.now()}
    lease.write(**ended, **changes)
    Submission.objects.filter(pk=lease.submission.pk).update(
        lease_until=None, worker="", phase="", progress=1.0
    )


def _end(lease: Lease, state: SubmissionState, error: ShieldError) -> None:
    listed = [each.as_json() for each in getattr(error, "problems", ())]
    body: dict[str, object] = {
        "code": error.code, "message": error.message, "hint": error.hint,
    }  # fmt: skip
    try:
        _finish(
            lease, state=state, error=body | ({"errors": {"problems": listed}} if listed else {})
        )
    except LeaseLost:
        log.warning("submission_lease_lost", error=str(error))


def _unpack(submission: Submission, scratch: Path) -> Path:
    """The folder that the manifest was written for, made again from the stored files."""
    manifest = scratch / submission.manifest_name
    manifest.write_text(submission.manifest, encoding="utf-8")
    allowed = {
        each.path
        for each in named_files(
            manifest_of_text(text=submission.manifest, name=submission.manifest_name)
        )
    }
    for item in submission.files.select_related("file"):
        if item.path not in allowed:  # the reader refused it when it came
            continue
        target = scratch / item.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with local_path(item.file) as source:
            shutil.copyfile(source, target)
    return manifest


def submissions_recover() -> int:
    """Bring back submissions whose worker is gone or whose message was lost; how many were sent."""
    now = timezone.now()
    dead = Submission.objects.filter(state=SubmissionState.REGISTERING, lease_until__lt=now)
    given_up = {
        "code": "submission.attempts",
        "message": f"The worker stopped {ATTEMPTS} times before it was registered.",
        "hint": "Look at the worker's log; often the machine has too little memory.",
    }
    dead.filter(attempt__gte=ATTEMPTS).update(
        state=SubmissionState.ERRORED, error=given_up, finished_at=now, lease_until=None, worker=""
    )
    dead.update(state=SubmissionState.QUEUED, lease_until=None, worker="", enqueued_at=None)
    waiting = list(
        Submission.objects.filter(state=SubmissionState.QUEUED).filter(
            Q(enqueued_at=None) | Q(enqueued_at__lt=now - UNHEARD)
        )
    )
    for submission in waiting:
        with transaction.atomic():
            _enqueue(submission)
    return len(waiting)


def submissions_sweep() -> int:
    """Forget submissions that ended a month ago; what they registered stays. How many."""
    old = Q(created_at__lt=timezone.now() - KEPT)
    ended = Q(state__in=SubmissionState.ended()) | Q(run__isnull=False)
    found = Submission.objects.filter(old & ended)
    count = found.count()
    found.delete()
    return count
