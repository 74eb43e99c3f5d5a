"""Is the audit trail what was sealed? 0 intact · 1 broken · 3 could not be verified."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shield.audit.services import trail_verify
from shield.audit.verification import Report
from shield.common.errors import InvalidInput
from shield.management.contract import ContractCommand
from shield.management.outputs import write_output

BROKEN = 1


class Command(ContractCommand):
    """`manage.py verify_audit [--heads FOLDER] [--since TIME] [--json F]`."""

    help = (
        "Recompute the chains of the audit trail, compare seals and signed heads, and name the first "
        "broken row. Exit code: 0 intact, 1 broken, 3 could not be verified."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to compare with, from when on, and where the report goes."""
        parser.add_argument(
            "--heads", type=Path, metavar="FOLDER",
            help="published heads to compare with (default: those of the storage `audit`)",
        )  # fmt: skip
        parser.add_argument(
            "--since", metavar="TIME",
            help="begin at the last head signed before this moment (2026-11-20 or ISO 8601)",
        )  # fmt: skip
        parser.add_argument("--json", metavar="F", help="write the report (- is standard output)")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  (Django's own)
        """Verify, say what was found, exit accordingly."""
        heads: Path | None = options["heads"]
        if heads is not None and not heads.is_dir():
            raise InvalidInput(
                "audit.heads", f"{heads} is no folder.", "Name the folder of the published heads."
            )
        began = time.perf_counter()
        report = trail_verify(actor="command line", heads=heads, since=_moment(options["since"]))
        took = time.perf_counter() - began
        if options["json"]:
            write_output(options["json"], json.dumps(report.as_json(), indent=2).encode() + b"\n")
        if options["json"] != "-":
            self._say(report, took)
        if report.broken is not None:
            raise SystemExit(BROKEN)

    def _say(self, report: Report, took: float) -> None:
        for chain in report.chains:
            if not (chain.events or chain.start or chain.broken):
                continue
            state = "BROKEN" if chain.broken else "intact"
            last = f", signed until {chain.last.at}" if chain.last else ""
            self.stdout.write(
                f"{chain.chain:<12} {state}  {chain.events:>9,} events, {chain.heads:,} heads, "
                f"{chain.published:,} published{last}"
            )
        for warning in report.warnings:
            self.stdout.write(f"warning: {warning}")
        if report.unsealed:
            self.stdout.write(f"{report.unsealed:,} events are not sealed yet.")
        broken = report.broken
        if broken is not None:
            self.stdout.write(
                f"BROKEN: chain {broken.chain}, position {broken.position}, event "
                f"{broken.event if broken.event is not None else '–'} [{broken.kind}]: "
                f"{broken.message}"
            )
            return
        speed = f" ({report.events / took:,.0f} a second)" if took > 0.05 else ""
        self.stdout.write(f"The audit trail is intact: {report.events:,} events{speed}.")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            "audit.since", f"{text!r} is no moment.", "For example 2026-11-20 or 2026-11-20T09:00Z."
        ) from error
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
