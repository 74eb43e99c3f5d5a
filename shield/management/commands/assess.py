"""The main job in one process: register, assess, say the verdict, exit by the gate."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from assessments.services import register, run_execute, run_start
from assessments.workers import worker_name
from shield.common.errors import Conflict, ShieldError
from shield.management.console import verdict_text
from shield.management.contract import ContractCommand
from shield.management.database import ensure_database
from shield.management.outputs import STDOUT, check_outputs, write_output
from shield.management.progress import Bar
from shield.management.rendering import FORMATS, render, require
from shield.records.choices import RunState
from shield.records.models import Run
from shield.reports.result import result_document


class Command(ContractCommand):
    """`manage.py assess shield.yaml`: exit 0 passed, 1 failed, 2 inconclusive, 3 not assessed."""

    help = (
        "Register the service that a shield.yaml describes, assess it, and exit by the gate: "
        "0 passed, 1 failed, 2 inconclusive, 3 could not be assessed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("manifest", type=Path, help="the shield.yaml beside the model")
        for name in FORMATS:
            parser.add_argument(
                f"--{name}", metavar="F", help=f"write the result as {name} (- is standard output)"
            )
        parser.add_argument("--seed", type=int, default=0, help="seed of the run (default 0)")
        parser.add_argument("--quiet", action="store_true", help="print nothing but errors")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  (Django's own)
        targets = {name: options[name] for name in FORMATS if options[name] is not None}
        check_outputs(targets)
        require(targets)
        ensure_database()
        run = self._assess(options["manifest"], options["seed"], quiet=options["quiet"])
        for name, target in targets.items():
            write_output(target, render(name, run))
        if not options["quiet"]:
            stream = sys.stderr if STDOUT in targets.values() else sys.stdout
            stream.write(verdict_text(result_document(run)))
            stream.flush()
        raise SystemExit(run.gate["exit"])

    def _assess(self, manifest: Path, seed: int, *, quiet: bool) -> Run:
        bar = Bar(sys.stderr, shown=not quiet)
        try:
            bar(0.0, "Registering")
            version = register(manifest_path=manifest, actor=actor())
            run = run_start(version=version, actor=actor(), seed=seed, enqueue=False)
            run = run_execute(run_id=run.pk, worker=worker_name(), progress=bar)
        finally:
            bar.clear()
        if run.state != RunState.FINISHED:
            raise _unfinished(run)
        return run


def _unfinished(run: Run) -> ShieldError:
    if run.error is not None:
        return ShieldError(run.error["code"], run.error["message"], run.error["hint"])
    return Conflict(
        f"run.{run.state}",
        f"Run {run.pk} is {RunState(run.state).label.lower()}.",
        "Its page shows what happened; assess again for a new run.",
    )


def actor() -> str:
    """Who runs the command, for the audit trail."""
    try:
        return f"shell:{getpass.getuser()}"
    except (OSError, KeyError):  # a container's user id without a name
        return f"shell:uid {os.getuid()}"
