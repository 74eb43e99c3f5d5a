"""Registering a service: idempotent, all or nothing, with its history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from unittest import mock

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from shield.audit.models import Event
from shield.common.errors import Conflict
from shield.registry import files, history, selectors, services
from shield.registry.models import Dataset, Service, StoredFile, Version
from shield.registry.owners import service_reassign
from shield.registry.tasks import files_sweep
from tests import factories
from tests.registry.folders import MODEL, PREDICTIONS, description, manifest, table

pytestmark = pytest.mark.django_db


def register(folder: Path, text: str = PREDICTIONS, **rules: object) -> Version:
    return services.service_register(
        manifest=manifest(folder, text),
        description=description(
            test=table(race="string", decision="int64"), train=table(rows=1, race="string")
        ),
        group_rules=rules,
        actor="ada",
    )


def test_registering_keeps_service_version_dataset_and_their_events(tmp_path: Path) -> None:
    version = register(tmp_path, race={"minimum": 30})
    dataset = version.datasets.get()
    assert (version.service.slug, version.label, version.created_by) == ("bank", "1", "ada")
    assert version.service.group_rules == {"race": {"minimum": 30}}
    assert (dataset.role, dataset.rows, dataset.columns[1]) == (
        "test",
        2,
        {"name": "decision", "type": "int64"},
    )
    assert version.artefact_sha256 == dataset.sha256
    assert [event.act for event in Event.objects.order_by("id")] == [
        "service.register",
        "dataset.register",
        "version.register",
    ]


def test_registering_the_same_bytes_again_changes_nothing(tmp_path: Path) -> None:
    first = register(tmp_path)
    events = Event.objects.count()
    assert register(tmp_path) == first
    assert Event.objects.count() == events
    assert (Version.objects.count(), Dataset.objects.count()) == (1, 1)


def test_a_label_with_other_bytes_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    register(tmp_path, MODEL)
    loaded = manifest(tmp_path, MODEL.replace("Mortgage approval", "Renamed"))
    (tmp_path / "model.onnx").write_bytes(b"another model")
    (tmp_path / "test.csv").write_text("race,decision\nwhite,0\n")
    before = (Event.objects.count(), StoredFile.objects.count(), Dataset.objects.count())
    with pytest.raises(Conflict) as error:
        services.service_register(
            manifest=loaded,
            description=description(test=table(race="string"), train=table(race="string")),
            group_rules={},
            actor="ada",
        )
    assert error.value.code == "version.other_bytes"
    assert "model.version" in error.value.hint
    assert (Event.objects.count(), StoredFile.objects.count(), Dataset.objects.count()) == before
    assert Service.objects.get().name == "Mortgage approval"


def test_a_changed_manifest_beside_the_same_artefact_updates_the_version(tmp_path: Path) -> None:
    version = register(tmp_path, MODEL)
    again = register(tmp_path, MODEL.replace("{min: 0.8}", "{min: 0.9}"))
    assert again == version
    event = Event.objects.get(act="version.change")
    assert event.before["manifest"]["policy"] == {"fairness.selection_rate_ratio": {"min": 0.8}}
    assert event.after["manifest"]["policy"] == {"fairness.selection_rate_ratio": {"min": 0.9}}


def test_a_new_test_table_beside_the_same_artefact_replaces_the_old_one(tmp_path: Path) -> None:
    version = register(tmp_path, MODEL)
    old = selectors.datasets_of(version)["test"]
    loaded = manifest(tmp_path, MODEL)
    (tmp_path / "test.csv").write_text("race,decision\nwhite,0\n")
    services.service_register(
        manifest=loaded,
        description=description(test=table(race="string"), train=table(race="string")),
        group_rules={},
        actor="ada",
    )
    new = selectors.datasets_of(version)["test"]
    assert new != old
    assert Dataset.objects.filter(pk=old.pk).exists()
    assert set(selectors.datasets_of(version)) == {"test", "train"}


def test_group_rules_are_frozen_when_a_column_is_first_seen(tmp_path: Path) -> None:
    register(tmp_path, race={"pooled": ["a"]})
    version = register(tmp_path, race={"pooled": ["b"]}, sex={"pooled": []})
    assert version.service.group_rules == {"race": {"pooled": ["a"]}, "sex": {"pooled": []}}


def test_changed_facts_are_taken_from_the_manifest_and_kept_in_the_history(tmp_path: Path) -> None:
    register(tmp_path)
    register(tmp_path, PREDICTIONS.replace("a@example.org", "b@example.org"))
    event = Event.objects.get(act="service.change")
    assert (event.before, event.after) == ({"owner": "a@example.org"}, {"owner": "b@example.org"})


def test_a_manifest_raises_the_tier_but_cannot_lower_it(tmp_path: Path) -> None:
    register(tmp_path, PREDICTIONS.replace("moderate", "high"))
    version = register(tmp_path, PREDICTIONS.replace("moderate", "low"))
    assert version.service.tier == "high"
    assert [code for code, _ in selectors.registration_warnings(version)] == ["service.tier_kept"]
    version = register(tmp_path, PREDICTIONS.replace("moderate", "critical"))
    assert version.service.tier == "critical"
    assert selectors.registration_warnings(version) == ()


def codes(version: Version) -> list[str]:
    return [code for code, _ in selectors.registration_warnings(version)]


def test_an_owner_that_a_person_decided_outlives_the_next_registration(tmp_path: Path) -> None:
    service = register(tmp_path).service
    heir = factories.user("heir")
    service_reassign(service=service, owner=heir, actor="admin", reason="The owner has left")
    again = register(tmp_path, PREDICTIONS.replace('"1"', '"2"'))
    assert (again.service.owner, again.service.owner_user) == (heir.email, heir)
    assert codes(again) == ["service.owner_kept"]
    agreed = register(tmp_path, PREDICTIONS.replace("a@example.org", heir.email))
    assert codes(agreed) == []


def test_an_owner_set_over_the_api_outlives_the_next_registration(tmp_path: Path) -> None:
    service = register(tmp_path).service
    services.service_update(
        service=service, changes={"owner": "team@example.org"}, actor="admin", reason="A team"
    )
    assert register(tmp_path).service.owner == "team@example.org"


FRAMED = MODEL.replace("[mas-feat, eu-ai-act]", "[mas-feat, nist-ai-rmf]")
LEFT = MODEL.replace("[mas-feat, eu-ai-act]", "[mas-feat]")


def test_a_manifest_adds_frameworks_but_cannot_leave_them(tmp_path: Path) -> None:
    register(tmp_path, MODEL)
    version = register(tmp_path, LEFT)
    assert version.service.frameworks == ["mas-feat", "eu-ai-act"]
    assert codes(version) == ["service.frameworks_kept"]
    version = register(tmp_path, FRAMED)
    assert set(version.service.frameworks) == {"mas-feat", "nist-ai-rmf", "eu-ai-act"}


def test_a_framework_that_a_person_left_does_not_come_back(tmp_path: Path) -> None:
    service = register(tmp_path, MODEL).service
    services.service_update(
        service=service, changes={"frameworks": ["mas-feat"]}, actor="olga", reason="Out of scope"
    )
    version = register(tmp_path, MODEL)
    assert version.service.frameworks == ["mas-feat"]
    assert codes(version) == ["service.frameworks_kept"]
    assert codes(register(tmp_path, LEFT)) == []


def test_a_name_is_still_taken_from_the_manifest_after_a_decision(tmp_path: Path) -> None:
    service = register(tmp_path).service
    services.service_update(service=service, changes={"owner": "b@example.org"}, actor="olga")
    again = register(tmp_path, PREDICTIONS.replace("Bank decisions", "Renamed"))
    assert (again.service.name, again.service.owner) == ("Renamed", "b@example.org")


def test_a_retired_service_takes_no_new_version(tmp_path: Path) -> None:
    version = register(tmp_path)
    services.service_retire(service=version.service, actor="ada", reason="replaced")
    with pytest.raises(Conflict) as error:
        register(tmp_path, PREDICTIONS.replace('"1"', '"2"'))
    assert error.value.code == "service.retired"


def test_keys_of_the_registered_manifest_that_do_nothing_stay_known(tmp_path: Path) -> None:
    version = register(tmp_path, PREDICTIONS + "  groups: {age: {bins: [18, 30]}}\n")
    assert [code for code, _ in selectors.registration_warnings(version)] == ["manifest.no_effect"]


def test_a_registration_that_breaks_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    broken = mock.patch.object(Version.objects, "create", side_effect=RuntimeError("power cut"))
    with broken, pytest.raises(RuntimeError):
        register(tmp_path)
    for model in (Service, Version, Dataset, StoredFile, Event):
        assert not model.objects.exists()
    assert register(tmp_path).label == "1"


def test_the_daily_sweep_takes_what_it_left_behind(tmp_path: Path) -> None:
    broken = mock.patch.object(Version.objects, "create", side_effect=RuntimeError("power cut"))
    with broken, pytest.raises(RuntimeError):
        register(tmp_path)
    assert files_sweep() == 0
    later = timezone.now() + timedelta(days=2)
    with mock.patch("django.utils.timezone.now", return_value=later):
        assert files_sweep() >= 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_many_registrations_at_once_make_one_service_and_one_version(tmp_path: Path) -> None:
    loaded = manifest(tmp_path, PREDICTIONS)

    def again(number: int) -> int:
        try:
            return services.service_register(
                manifest=loaded, description=description(), group_rules={}, actor=f"a{number}"
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(again, range(24)))
    assert len(set(made)) == 1
    assert Event.objects.filter(act="version.register").count() == 1
    assert (Service.objects.count(), Version.objects.count(), Dataset.objects.count()) == (1, 1, 1)


def test_a_sensitive_column_named_later_is_frozen_beside_the_earlier_ones(tmp_path: Path) -> None:
    race, sex = {"alone": ["a"]}, {"alone": ["f", "m"]}
    register(tmp_path, version=1, columns={"race": race}, intersections={})
    later = {"columns": {"race": {"alone": []}, "sex": sex}, "intersections": {"race × sex": []}}
    version = register(tmp_path, version=1, **later)
    assert version.service.group_rules == {
        "version": 1,
        "columns": {"race": race, "sex": sex},
        "intersections": {"race × sex": []},
    }


def test_a_table_that_was_swapped_after_it_was_described_is_not_registered(tmp_path: Path) -> None:
    """What is stored, and what its digest says, are the bytes that were looked at."""
    found = manifest(tmp_path, PREDICTIONS)
    seen = {table.file: files.fingerprint(table.file) for table in found.data.tables.values()}
    swapped = found.data.test.file
    swapped.write_bytes(swapped.read_bytes() + b"black,0\n")
    with pytest.raises(Conflict) as caught:
        services.service_register(
            manifest=found,
            description=description(test=table(race="string"), train=table(rows=1, race="string")),
            group_rules={},
            actor="ada",
            seen=seen,
        )
    assert caught.value.code == "file.changed"
    assert (Service.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_what_people_had_changed_before_it_was_noted_stays_theirs() -> None:
    before = import_module("shield.registry.migrations.0008_decided_before")
    changed, registered = factories.service("changed"), factories.service("registered")
    history.change(changed, {"owner": "b@example.org", "name": "B"}, "olga", "The owner has left")
    history.change(registered, {"owner": "b@example.org"}, "ci")
    before.decided_before(apps, None)
    changed.refresh_from_db()
    registered.refresh_from_db()
    assert (changed.decided, registered.decided) == (["owner"], [])
