"""What every gating command promises about its exit code and its errors.

1 and 2 are only ever verdicts. Django would exit with 1 for a CommandError and with 2 for wrong
usage; here both, a missing prerequisite, a crash and an interrupt exit with 3.
"""

from __future__ import annotations

import sys
import traceback
from argparse import Namespace
from typing import Any, NoReturn

from django.core.management.base import (
    BaseCommand,
    CommandError,
    handle_default_options,
)
from django.db import connections

from shield.common.errors import InvalidInput, ShieldError
from shield.evidence.gate import NOT_ASSESSED
from shield.registry.manifest import ManifestError

USAGE = "usage"


class ContractCommand(BaseCommand):
    """A command whose `handle` raises ShieldErrors freely, or ends with `SystemExit(verdict)`."""

    requires_system_checks = ()  # they load every URL; `manage.py check` is there for them

    def run_from_argv(self, argv: list[str]) -> None:
        """As Django's, but wrong usage exits with 3."""
        self._called_from_command_line = False  # the parser then raises instead of exiting with 2
        parser = self.create_parser(argv[0], argv[1])
        try:
            options = vars(parser.parse_args(argv[2:]))
        except CommandError as error:
            parser.print_usage(sys.stderr)
            said = str(error).removeprefix("Error: ")
            self.refuse(InvalidInput(USAGE, said, f"See {argv[0]} {argv[1]} --help."))
        arguments = options.pop("args", ())
        handle_default_options(Namespace(**options))
        try:
            self.execute(*arguments, **options)
        finally:
            connections.close_all()

    def execute(self, *args: Any, **options: Any) -> str | None:  # noqa: ANN401  (Django's own)
        """Run the command; whatever goes wrong is said on standard error and exits with 3."""
        with_traceback = bool(options.get("traceback"))
        try:
            return super().execute(*args, **options)
        except (ShieldError, CommandError) as error:
            _show(with_traceback)
            self.refuse(error)
        except KeyboardInterrupt:
            self.refuse(ShieldError("interrupted", "Interrupted; the run was cancelled."))
        except Exception as error:
            _show(with_traceback)
            hint = (
                "" if with_traceback else "Run it again with --traceback and report what it says."
            )
            self.refuse(ShieldError("crash", f"{type(error).__name__}: {error}", hint))

    def refuse(self, error: ShieldError | CommandError) -> NoReturn:
        """Say the error on standard error and exit with 3."""
        print(error_text(error), file=sys.stderr)
        raise SystemExit(NOT_ASSESSED)


def error_text(error: ShieldError | CommandError) -> str:
    """`error [code]: message`, then the hint; a manifest's problems are one line each as they are."""
    if isinstance(error, ManifestError):
        return f"{error}\nerror [{error.code}]: nothing was registered."
    if isinstance(error, ShieldError):
        hint = f"\n  {error.hint}" if error.hint else ""
        return f"error [{error.code}]: {error.message}{hint}"
    return f"error [{USAGE}]: {error}"


def _show(wanted: bool) -> None:
    if wanted:
        traceback.print_exc()
