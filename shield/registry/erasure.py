"""Giving up the bytes of a dataset: what was measured on it, and the history, stay.

Erasing is about bytes. A file is kept once however many datasets name it, so that erasing one of them
only would be no erasure at all: either all datasets with these bytes are erased in one act, or none. A
version whose artefact are the same bytes (predictions) loses them too.

The row is marked first and the bytes are deleted after the commit: a crash between the two leaves a
file that no living row speaks of, which the daily sweep removes.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from shield.accounts.models import User
from shield.accounts.pages import require
from shield.accounts.policy import may
from shield.audit.services import Draft, record_all
from shield.common.errors import Conflict, InvalidInput
from shield.registry import files
from shield.registry.choices import ErasedFor
from shield.registry.models import Dataset, StoredFile, Version

ACT = "dataset.erase"


@transaction.atomic
def dataset_erase(
    *, dataset: Dataset, actor: User, reason: str, everywhere: bool = False
) -> StoredFile:
    """Erase the dataset's bytes for good. Idempotent.

    `everywhere` agrees to erase the same bytes in the other datasets that name them. Raises
    NotPermitted, InvalidInput without a reason, and Conflict when other datasets keep the bytes and
    `everywhere` is not given, or one of them is out of the actor's reach.
    """
    require(actor, ACT, dataset)
    if not reason.strip():
        raise InvalidInput(
            "dataset.erase_reason", "An erasure says why.", "For example: request of the customer."
        )
    file = StoredFile.objects.select_for_update().get(pk=dataset.file_id)
    if file.erased:
        return file
    sharing = list(sharing_bytes(dataset))
    models = Version.objects.filter(artefact=file).select_related("service")
    if not all(may(actor, ACT, other) for other in (*sharing, *models)):
        raise Conflict(
            "dataset.shared_elsewhere",
            "The same bytes are data of a service that you may not erase data of.",
            "Ask a privacy officer whose role reaches the whole organisation.",
        )
    if sharing and not everywhere:
        raise Conflict(
            "dataset.shared",
            f"The same bytes are also {_named(sharing)}.",
            "Agree to erase them there too; as long as one keeps them, nothing would be erased.",
        )
    erase(
        file=file, datasets=[dataset, *sharing], actor=actor.get_username(), reason=reason.strip(),
        why=ErasedFor.REQUEST,
    )  # fmt: skip
    return file


def erase(
    *, file: StoredFile, datasets: list[Dataset], actor: str, reason: str, why: ErasedFor
) -> None:
    """Mark the file, with an event for each dataset and version, and delete it after the commit."""
    file.erased_at, file.erased_by = timezone.now(), actor[:200]
    file.erased_reason, file.erased_for = reason, why
    file.save(update_fields=["erased_at", "erased_by", "erased_reason", "erased_for"])
    versions = Version.objects.filter(artefact=file).select_related("service")
    touched: list[Dataset | Version] = [*datasets, *versions]
    act = ACT if why == ErasedFor.REQUEST else "dataset.expire"
    facts = {"sha256": file.sha256, "size": file.size}
    record_all(
        drafts=[
            Draft(
                actor=actor,
                act=act,
                object_type=row._meta.model_name or "",
                object_id=row.pk,
                object_text=str(row),
                before=facts,
                after={"erased": why.value},
                reason=reason,
                unit=row.unit_id,
            )
            for row in touched
        ]
    )
    transaction.on_commit(partial(files.give_up, file))


def sharing_bytes(dataset: Dataset) -> list[Dataset]:
    """The other datasets that name the same bytes."""
    others = Dataset.objects.filter(file=dataset.file_id).exclude(pk=dataset.pk)
    return list(others.select_related("service").order_by("pk"))


def refuse_erased(*, version: Version) -> None:
    """Raise Conflict when a run of `version` would need bytes that are erased."""
    needed = StoredFile.objects.filter(dataset__versions=version)
    for file in (*needed, version.artefact):
        if file.erased:
            raise files.erased(file)


def _named(datasets: list[Dataset]) -> str:
    named = [f"{each.get_role_display()} data of {each.service}" for each in datasets[:3]]
    more = len(datasets) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
