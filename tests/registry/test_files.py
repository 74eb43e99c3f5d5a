"""Content-addressed files: kept once, whole or not at all, and a full disk says so."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from django.utils import timezone

from shield.common.errors import Conflict, InvalidInput, MissingPrerequisite
from shield.registry import files
from shield.registry.models import StoredFile

pytestmark = pytest.mark.django_db
BYTES = b"some model" * 1000
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(BYTES)
    return path


@pytest.fixture(params=["local", "remote"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return FileSystemStorage(tmp_path / "files") if request.param == "local" else InMemoryStorage()


def content(storage: Storage, name: str) -> bytes:
    with storage.open(name) as file:
        return file.read()


def test_a_file_is_kept_under_its_digest(source: Path, storage: Storage) -> None:
    kept = files.keep(source, storage=storage)
    assert (kept.sha256, kept.size) == (DIGEST, len(BYTES))
    assert kept.name == f"sha256/{DIGEST[:2]}/{DIGEST[2:]}"
    assert content(storage, kept.name) == BYTES


def test_the_same_bytes_are_kept_once(source: Path, storage: Storage) -> None:
    first = files.stored(files.keep(source, storage=storage))
    assert files.stored(files.keep(source, storage=storage)) == first
    assert storage.listdir(f"sha256/{DIGEST[:2]}")[1] == [DIGEST[2:]]


def test_a_damaged_copy_is_replaced_when_its_bytes_come_again(source: Path, tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path / "files")
    kept = files.keep(source, storage=storage)
    Path(storage.path(kept.name)).write_bytes(b"")
    files.keep(source, storage=storage)
    assert content(storage, kept.name) == BYTES


def test_a_stored_file_has_a_local_path(source: Path, storage: Storage) -> None:
    row = files.stored(files.keep(source, storage=storage))
    with files.local_path(row, storage=storage) as path:
        assert path.read_bytes() == BYTES
    if isinstance(storage, InMemoryStorage):
        assert not path.exists()


def test_a_lost_file_says_what_to_do(source: Path, storage: Storage) -> None:
    row = files.stored(files.keep(source, storage=storage))
    storage.delete(row.name)
    with pytest.raises(MissingPrerequisite) as error, files.local_path(row, storage=storage):
        pass
    assert error.value.code == "storage.lost"


def test_damaged_bytes_are_never_handed_out(source: Path) -> None:
    storage = InMemoryStorage()
    row = files.stored(files.keep(source, storage=storage))
    storage.delete(row.name)
    storage.save(row.name, ContentFile(b"other"))
    with pytest.raises(MissingPrerequisite) as error, files.local_path(row, storage=storage):
        pass
    assert error.value.code == "storage.lost"


def test_a_source_that_cannot_be_read_is_refused(tmp_path: Path, storage: Storage) -> None:
    with pytest.raises(InvalidInput) as error:
        files.keep(tmp_path / "nowhere.csv", storage=storage)
    assert error.value.code == "file.unreadable"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_says_so_and_leaves_nothing(source: Path, tmp_path: Path, number: int) -> None:
    storage = FileSystemStorage(tmp_path / "files")
    full = OSError(number, os.strerror(number))
    with mock.patch("os.fsync", side_effect=full), pytest.raises(MissingPrerequisite) as error:
        files.keep(source, storage=storage)
    assert error.value.code == "storage.full"
    assert "SHIELD_VAR_DIR" in error.value.hint
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_a_really_full_disk_says_so(source: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        source.write_bytes(os.urandom(64 * 1024))
        with pytest.raises(MissingPrerequisite) as error:
            files.keep(source, storage=FileSystemStorage(disk))
        assert error.value.code == "storage.full"
        assert [path for path in disk.rglob("*") if path.is_file()] == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_says_so(source: Path, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(MissingPrerequisite) as error:
        files.keep(source, storage=FileSystemStorage(tmp_path / "files"))
    assert error.value.code == "storage.unwritable"


def test_sweep_removes_old_orphans_only(source: Path, storage: Storage) -> None:
    kept = files.keep(source, storage=storage)
    assert files.sweep(storage=storage) == []
    later = timezone.now() + timedelta(days=2)
    with mock.patch("django.utils.timezone.now", return_value=later):
        row = files.stored(kept)
        assert files.sweep(storage=storage) == []
        StoredFile.objects.filter(pk=row.pk).delete()
        assert files.sweep(storage=storage) == [kept.name]
    assert not storage.exists(kept.name)
    assert files.sweep(storage=storage) == []


@pytest.mark.parametrize("change", ["append", "replace", "and back"])
def test_a_file_that_changed_since_it_was_checked_is_not_kept(
    source: Path, tmp_path: Path, change: str
) -> None:
    storage = FileSystemStorage(tmp_path / "files")
    seen = files.fingerprint(source)
    assert files.keep(source, seen=seen, storage=storage).size == source.stat().st_size
    other = source.with_name("other")
    other.write_bytes(source.read_bytes())
    if change == "append":
        source.write_bytes(source.read_bytes() + b"more")
    elif change == "replace":
        other.replace(source)
    else:
        source.rename(source.with_name("aside"))
        source.with_name("aside").rename(source)
    with pytest.raises(Conflict) as caught:
        files.keep(source, seen=seen, storage=storage)
    assert caught.value.code == "file.changed"
    assert list((tmp_path / "files" / "incoming").iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_put_in_the_place_of_a_file_is_not_followed(tmp_path: Path, kind: str) -> None:
    trap = tmp_path / "test.csv"
    if kind == "link":
        trap.symlink_to("/etc/passwd")
    elif kind == "pipe":
        os.mkfifo(trap)
    else:
        trap.mkdir()
    for call in (files.keep, files.fingerprint):
        with pytest.raises(InvalidInput):
            call(trap)


def test_half_copies_of_killed_registrations_are_swept_after_a_day(tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path / "files")
    folder = tmp_path / "files" / "incoming"
    folder.mkdir(parents=True)
    old, new = folder / "tmpold", folder / "tmpnew"
    for half in (old, new):
        half.write_bytes(b"x")
    day = 25 * 3600
    os.utime(old, (old.stat().st_atime - day, old.stat().st_mtime - day))
    assert files.sweep(storage=storage) == ["incoming/tmpold"]
    assert [half.name for half in folder.iterdir()] == ["tmpnew"]
