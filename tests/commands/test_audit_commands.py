"""The commands of the audit trail: exit codes, what they say, and that the first broken row is named."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_public_key,
)
from django.core.files.storage import storages
from django.core.management import call_command

from shield.audit.keys import signing_key
from shield.audit.models import Event, Seal, Verification
from shield.audit.services import record_all
from shield.checks import production_profile
from tests.audit.support import drafts, tamper, trail
from tests.common.test_system_checks import production as production  # noqa: PLC0414
from tests.support.triggers import empty_trail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own(tmp_path: Path, settings: Any, db: None) -> None:
    """A key and a folder of heads of this test's own."""
    settings.AUDIT_KEY_FILE = str(tmp_path / "key.pem")
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        "audit": {"BACKEND": backend, "OPTIONS": {"location": tmp_path / "heads"}},
    }
    empty_trail()


def run(capsys: pytest.CaptureFixture[str], name: str, *arguments: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error)."""
    try:
        call_command(name, *arguments)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_an_intact_trail_exits_0_and_the_report_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trail(40)
    code, out, _ = run(capsys, "verify_audit", "--json", str(tmp_path / "report.json"))
    assert (code, "The audit trail is intact: 40 events" in out) == (0, True)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["intact"], report["events"], report["broken"]) == (True, 40, None)
    assert Verification.objects.get().intact


def test_a_broken_trail_exits_1_and_names_the_first_broken_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trail(40)
    seal = Seal.objects.get(chain="records", position=3)
    tamper("UPDATE audit_event SET actor = 'eve' WHERE id = %s", [seal.event])
    code, out, _ = run(capsys, "verify_audit")
    assert code == 1
    assert f"chain records, position 3, event {seal.event} [event_altered]" in out
    code, out, _ = run(capsys, "verify_audit", "--json", "-")
    assert (code, json.loads(out)["broken"]["event"]) == (1, seal.event)


@pytest.mark.parametrize(
    "arguments",
    [("--heads", "no-such-folder"), ("--since", "yesterday-ish"), ("--json", "no/such/folder/x")],
)
def test_what_cannot_be_verified_exits_3(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, _, err = run(capsys, "verify_audit", *arguments)
    assert code == 3
    assert "error [" in err


def test_without_a_key_it_exits_3_with_the_line_that_makes_one(
    capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.AUDIT_KEY_FILE = ""
    code, _, err = run(capsys, "verify_audit")
    assert (code, "openssl genpkey" in err) == (3, True)


def test_sealing_by_hand_says_how_much(capsys: pytest.CaptureFixture[str]) -> None:
    record_all(drafts=drafts(8))
    assert "8 events sealed, 3 heads published." in run(capsys, "seal_audit")[1]
    assert "0 events sealed, 0 heads published." in run(capsys, "seal_audit")[1]


def test_the_embedded_key_is_made_once_for_this_user_only(settings: Any) -> None:
    path = Path(settings.AUDIT_KEY_FILE)
    first = signing_key().public
    assert path.stat().st_mode & 0o777 == 0o600
    assert signing_key().public == first


def test_the_public_key_is_printed_and_a_rotation_is_an_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = signing_key().public
    out = run(capsys, "audit_key")[1]
    key_id, text, use = out.split(maxsplit=2)
    assert (key_id, len(base64.b64decode(text)), use.strip()) == (old.id, 32, "signs")
    load_pem_public_key(run(capsys, "audit_key", "--pem")[1].encode())
    out = run(capsys, "audit_key", "--rotate")[1]
    assert [line.split()[-1] for line in out.splitlines()] == ["signs", "before"]
    assert signing_key().public != old
    event = Event.objects.get(act="audit.key_rotated")
    assert event.before is not None
    assert event.before["key_id"] == old.id


def test_a_key_that_comes_from_a_setting_is_not_rotated_here(
    capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    signing_key()
    settings.AUDIT_KEY = Path(settings.AUDIT_KEY_FILE).read_text()
    code, _, err = run(capsys, "audit_key", "--rotate")
    assert (code, "SHIELD_AUDIT_OLD_KEYS" in err) == (3, True)


def test_retention_on_a_dry_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "kept for ever" in run(capsys, "retention_apply", "--dry-run")[1]


def test_heads_lie_in_a_folder_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    trail(4)
    folder = Path(storages["audit"].path(""))
    names = {path.relative_to(folder).parts[-1] for path in folder.rglob("*.json")}
    assert names == {f"{chain}-{n:012d}.json" for chain, n in
                     (("accounts", 1), ("governance", 2), ("records", 1))}  # fmt: skip


def test_production_does_not_start_without_a_key_of_its_own(production: Any) -> None:
    production.AUDIT_KEY_FILE, production.AUDIT_KEY_MAKE = "", False
    (message,) = production_profile()
    assert (message.id, "openssl genpkey" in (message.hint or "")) == ("shield.E006", True)


def test_production_refuses_a_key_that_is_none(production: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("nothing")
    wrong = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "wrong.pem").write_bytes(wrong)
    for name in ("bad.pem", "wrong.pem", "absent.pem"):
        production.AUDIT_KEY_FILE, production.AUDIT_KEY_MAKE = str(tmp_path / name), False
        assert [message.id for message in production_profile()] == ["shield.E006"]


def test_production_refuses_a_key_that_others_may_read(production: Any) -> None:
    signing_key()
    Path(production.AUDIT_KEY_FILE).chmod(0o644)
    (message,) = production_profile()
    assert message.id == "shield.E007"
