"""A backup restores into an empty installation as what it was: every row, every file, the trail intact."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.core.files.storage import default_storage, storages
from django.core.management import call_command
from django.db import connection

from shield.accounts.models import User
from shield.audit.models import Event, Seal
from shield.audit.services import events_seal, heads_publish, record, trail_verify
from shield.audit.verification import verify
from shield.common.errors import Conflict, InvalidInput, ShieldError
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.management.archive import backup as writing
from shield.management.archive.backup import backup_write
from shield.management.archive.form import Manifest, models
from shield.management.archive.restore import backup_restore
from shield.registry import files
from shield.registry.models import Dataset
from tests import factories
from tests.support.embedded import install
from tests.support.pages import BIDI
from tests.support.triggers import empty_trail, without_triggers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def installed(tmp_path: Path, settings: Any) -> Dataset:
    """An installation with people, services, runs, findings, a file and a sealed trail."""
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": backend, "OPTIONS": {"location": tmp_path / "files"}},
        "audit": {"BACKEND": backend, "OPTIONS": {"location": tmp_path / "heads"}},
    }
    empty_trail()
    factories.user("mira", unit=factories.unit("retail"))
    findings_update(run=factories.run())
    found = Dataset.objects.all()[0]
    path = tmp_path / "test.csv"
    path.write_bytes(os.urandom(3_000_000))
    row = files.stored(files.keep(path))
    Dataset.objects.filter(pk=found.pk).update(file=row, sha256=row.sha256)
    for number in range(20):
        record(actor=BIDI, act="run.finish" if number % 2 else "user.create", object_type="x",
               object_id=number, object_text=BIDI, after={"x": number / 3, "big": 1e300})  # fmt: skip
    events_seal()
    heads_publish()
    record(actor="a", act="service.change", object_type="x", object_id=1, object_text="not sealed")
    found.refresh_from_db()
    return found


def emptied() -> None:
    """A new installation, as `migrate` leaves it: its own events, and no file."""
    with without_triggers():
        call_command("flush", interactive=False, verbosity=0)
    shutil.rmtree(storages["default"].path(""))
    record(
        actor="system", act="policy.ship", object_type="x", object_id=1, object_text="of its own"
    )


def tables(manifest: Manifest) -> dict[str, tuple[int, str]]:
    return {table.name: (table.rows, table.sha256) for table in manifest.tables}


def test_a_round_trip_restores_every_row_every_file_and_an_intact_trail(
    installed: Dataset, tmp_path: Path
) -> None:
    target = tmp_path / "backup.zip"
    before = backup_write(target=target, actor="ada")
    sealed = list(Seal.objects.order_by("pk").values_list())
    emptied()
    backup_restore(source=target, actor="ada")
    restored = Event.objects.get(act="backup.restore")
    assert restored.actor == "ada"
    assert list(Seal.objects.order_by("pk").values_list()) == sealed
    report = verify()
    assert (report.broken, report.events) == (None, len(sealed))
    with default_storage.open(installed.file.name) as file:
        assert file.read() == (tmp_path / "test.csv").read_bytes()
    with without_triggers():  # but for the event of the restoring itself, all is as it was
        connection.cursor().execute("DELETE FROM audit_event WHERE id = %s", [restored.pk])
    with zipfile.ZipFile(tmp_path / "again.zip", "w") as archive:
        again = writing._write(archive, "")
    assert tables(again) == tables(before)
    assert again.files == before.files


def test_life_goes_on_after_a_restore(installed: Dataset, tmp_path: Path) -> None:
    """New rows get new keys, events are sealed behind the restored ones, triggers are in place."""
    target = tmp_path / "backup.zip"
    backup_write(target=target, actor="ada")
    emptied()
    backup_restore(source=target, actor="ada")
    findings = Finding.objects.count()
    findings_update(run=factories.run(factories.version(factories.service("another"))))
    assert Finding.objects.count() > findings
    factories.user("somebody-else")
    assert events_seal(thorough=True).events > 0
    assert trail_verify(actor="ada").broken is None
    with pytest.raises(Exception, match="never changed"):
        connection.cursor().execute("DELETE FROM audit_event")


def test_every_model_of_the_product_is_in_a_backup() -> None:
    ours = {model for model in apps.get_models() if model.__module__.startswith(("shield", "asse"))}
    assert ours <= set(models())


def test_no_table_refers_to_the_audit_trail_which_a_restore_makes_anew() -> None:
    trail = apps.get_app_config("audit").get_models()
    assert not [relation for model in trail for relation in model._meta.related_objects]


def test_a_backup_is_for_its_owners_eyes_and_holds_no_key(
    installed: Dataset, tmp_path: Path
) -> None:
    target = tmp_path / "backup.zip"
    backup_write(target=target, actor="ada")
    assert target.stat().st_mode & 0o077 == 0
    private = Path(django_settings.AUDIT_KEY_FILE).read_text().split("-----")[2].strip()
    with zipfile.ZipFile(target) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert private.encode() not in content
            assert django_settings.SECRET_KEY.encode() not in content


def test_nothing_is_restored_over_an_installation_in_use(
    installed: Dataset, tmp_path: Path
) -> None:
    target = tmp_path / "backup.zip"
    backup_write(target=target, actor="ada")
    events = Event.objects.count()
    with pytest.raises(Conflict) as error:
        backup_restore(source=target, actor="ada")
    assert error.value.code == "restore.not_empty"
    assert Event.objects.count() == events


def rewritten(source: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The archive with other contents; None leaves an entry out."""
    target = source.with_name("changed.zip")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


def older(name: str, content: bytes) -> bytes:
    if name != "manifest.json":
        return content
    facts = json.loads(content)
    facts["migrations"] = facts["migrations"][:-1]
    return json.dumps(facts).encode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda name, it: None if name == "manifest.json" else it, "restore.manifest"),
        (lambda name, it: b"[]" if name == "manifest.json" else it, "restore.manifest"),
        (lambda name, it: it + b"\n" if "accounts_user.jsonl" in name else it, "restore.damaged"),
        (lambda name, it: None if "findings_finding.jsonl" in name else it, "restore.damaged"),
        (lambda name, it: it[:-1] if name.startswith("files/") else it, "restore.damaged"),
        (older, "restore.version"),
    ],
)
def test_a_backup_that_is_not_whole_or_of_another_version_restores_nothing(
    installed: Dataset, tmp_path: Path, change: Callable[[str, bytes], bytes | None], code: str
) -> None:
    target = tmp_path / "backup.zip"
    backup_write(target=target, actor="ada")
    emptied()
    with pytest.raises(ShieldError) as error:
        backup_restore(source=rewritten(target, change), actor="ada")
    assert error.value.code == code
    assert not User.objects.exists()


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("x")
    for path in (tmp_path / "x.zip", tmp_path / "none.zip", tmp_path):
        with pytest.raises(InvalidInput):
            backup_restore(source=path, actor="ada")


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("x")
    for path in (tmp_path / "x.zip", tmp_path / "no" / "x.zip"):
        with pytest.raises(InvalidInput):
            backup_write(target=path, actor="ada")
    assert (tmp_path / "x.zip").read_text() == "x"


def test_data_that_the_storage_lost_is_named_and_erased_data_is_not_missed(
    installed: Dataset, tmp_path: Path
) -> None:
    default_storage.delete(installed.file.name)
    manifest = backup_write(target=tmp_path / "backup.zip", actor="ada")
    assert installed.sha256 in manifest.absent
    installed.file.erased_at = installed.created_at
    installed.file.save()
    manifest = backup_write(target=tmp_path / "backup2.zip", actor="ada")
    assert installed.sha256 not in manifest.absent


@pytest.mark.postgres
def test_a_backup_shows_one_moment_while_others_write(
    installed: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, events = writing._write_table, Event.objects.count()

    def write_beside(archive: zipfile.ZipFile, model: Any) -> Any:
        def add() -> None:
            try:
                record(actor="b", act="x.y", object_type="x", object_id=1, object_text="meanwhile")
            finally:
                connection.close()

        other = threading.Thread(target=add)
        other.start()
        other.join(20)
        assert not other.is_alive(), "a writer waits for the backup"
        return plain(archive, model)

    monkeypatch.setattr(writing, "_write_table", write_beside)
    manifest = backup_write(target=tmp_path / "backup.zip", actor="ada")
    assert tables(manifest)["audit_event"][0] == events
    assert Event.objects.count() > events + 10


SCRIPT = """
from tests import factories
from shield.audit.services import events_seal, record
from shield.findings.services import findings_update
factories.user("mira")
findings_update(run=factories.run())
for n in range(30):
    record(actor="a", act="run.finish", object_type="x", object_id=n, object_text="X",
           before={"zero": -0.0}, after={"x": n / 7, "big": 1e300, "sixteen": 1e16})
events_seal()
"""


def manage(var: Path, *arguments: str) -> str:
    """One of the product's commands on an embedded installation of its own."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=False,
        env={key: value for key, value in os.environ.items() if key != "SHIELD_DATABASE_URL"}
        | {"SHIELD_VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "shield.settings.local"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> tuple[Path, Path]:
    """(var folder, backup) of an embedded installation, made by the commands themselves."""
    var = install(migrated_file, tmp_path_factory.mktemp("embedded"))
    manage(var, "shell", "-v", "0", "-c", SCRIPT)
    manage(var, "backup", str(var / "backup.zip"))
    return var, var / "backup.zip"


def test_the_two_commands_move_an_embedded_installation(
    embedded: tuple[Path, Path], tmp_path: Path
) -> None:
    var, backup = embedded
    new = tmp_path / "new"
    new.mkdir()
    key = "audit-key.pem"  # what a backup does not hold is moved by hand
    (new / key).write_bytes((var / key).read_bytes())
    assert "The audit trail is intact" in manage(new, "restore", str(backup))
    assert "is intact" in manage(new, "verify_audit")
    assert "events sealed" in manage(new, "seal_audit")


@pytest.mark.postgres
def test_a_backup_of_sqlite_restores_into_postgresql_with_its_trail_intact(
    embedded: tuple[Path, Path], settings: Any, tmp_path: Path
) -> None:
    var, backup = embedded
    settings.AUDIT_KEY_FILE = str(var / "audit-key.pem")
    with without_triggers():
        call_command("flush", interactive=False, verbosity=0)
    backup_restore(source=backup, actor="ada")
    heads = tmp_path / "none"
    heads.mkdir()
    report = verify(heads=heads)
    assert report.broken is None
    assert report.events >= 30
    assert events_seal(thorough=True).events > 0
    assert User.objects.get().username == "mira"


def test_sealers_at_the_same_moment_seal_every_event_of_an_embedded_installation_once(
    embedded: tuple[Path, Path],
) -> None:
    var, _ = embedded
    more = "from tests.audit.support import drafts; from shield.audit.services import record_all; "
    manage(var, "shell", "-v", "0", "-c", f"{more}record_all(drafts=drafts(3000))")
    environment = {key: it for key, it in os.environ.items() if key != "SHIELD_DATABASE_URL"} | {
        "SHIELD_VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "shield.settings.local",
    }  # fmt: skip
    sealers = [
        subprocess.Popen(
            [sys.executable, "manage.py", "seal_audit"],
            cwd=django_settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [sealer.communicate(timeout=120)[0] for sealer in sealers]
    assert [sealer.returncode for sealer in sealers] == [0, 0, 0], said
    sealed = [int(text.split()[0].replace(",", "")) for text in said]
    assert sum(sealed) >= 3000
    assert "is intact" in manage(var, "verify_audit")
