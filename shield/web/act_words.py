"""Audited acts in words, as the history and the audit trail show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACT_WORDS: Final[Mapping[str, Promise | str]] = {
    "service.register": _("Service registered"),
    "service.change": _("Service changed"),
    "service.retire": _("Service retired"),
    "service.restore": _("Service restored"),
    "version.register": _("Version registered"),
    "version.change": _("Version changed"),
    "dataset.register": _("Data registered"),
    "dataset.erase": _("Data erased on request"),
    "dataset.expire": _("Data erased, retention over"),
    "deployment.start": _("Deployment started"),
    "deployment.end": _("Deployment ended"),
    "run.start": _("Run started"),
    "run.finish": _("Run finished"),
    "run.fail": _("Run failed"),
    "run.error": _("Run ended in error"),
    "run.cancel": _("Run cancelled"),
    "finding.open": _("Finding opened"),
    "finding.seen": _("Finding seen again"),
    "finding.resolve": _("Finding resolved"),
    "finding.resolved": _("Finding resolved"),
    "finding.close": _("Finding closed"),
    "finding.closed": _("Finding closed"),
    "finding.regress": _("Finding regressed"),
    "finding.regressed": _("Finding regressed"),
    "finding.start": _("Work on finding started"),
    "finding.assign": _("Finding assigned"),
    "finding.comment": _("Comment on finding"),
    "finding.severity": _("Severity changed"),
    "user.create": _("User created"),
    "user.grant": _("Role granted"),
    "user.grant_remove": _("Role removed"),
    "user.invite": _("Link to set a password made"),
    "user.link": _("Account linked to the identity provider"),
    "user.password": _("Password set"),
    "user.sign_in": _("Signed in"),
    "user.sign_in_failed": _("Sign-in failed"),
    "user.code_failed": _("Code of the second factor was wrong"),
    "user.lock_out": _("Locked out after failed attempts"),
    "user.switch_off": _("User switched off"),
    "user.switch_on": _("User switched on again"),
    "session.end": _("Session ended"),
    "session.end_all": _("All sessions ended"),
    "factor.add": _("Second factor added"),
    "factor.remove": _("Second factor removed"),
    "factor.renew": _("Recovery codes renewed"),
    "factor.reset": _("Second factors removed by an administrator"),
    "unit.create": _("Business unit made"),
    "unit.rename": _("Business unit renamed"),
    "service.move": _("Service moved to another unit"),
    "token.create": _("API token created"),
    "token.revoke": _("API token revoked"),
    "token.refused": _("API token refused: wrong network"),
    "policy.change": _("Policy changed"),
    "retention.change": _("Retention of data changed"),
    "audit.broken": _("Audit trail found broken"),
    "audit.key_rotated": _("Audit key replaced"),
    "backup.make": _("Backup made"),
    "backup.restore": _("Backup restored"),
}


def act_in_words(act: str) -> str:
    """An audited act in words; one that has none yet by its name: "webhook.dead" is "Webhook: dead"."""
    words = ACT_WORDS.get(act)
    if words is not None:
        return str(words)
    thing, _dot, verb = act.replace("_", " ").partition(".")
    return f"{thing.capitalize()}: {verb}" if verb else thing.capitalize()
