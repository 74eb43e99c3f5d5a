"""One dataset: its identity, its schema, and what was measured on it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.accounts.policy import may
from shield.registry.erasure import ACT, sharing_bytes
from shield.registry.models import Dataset, Version
from shield.web.erasure_forms import EraseForm


class DatasetPage(PermissionRequired, TemplateView):
    """Schema and digest of a table."""

    act = "dataset.view"
    template_name = "web/dataset_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The dataset, what its columns are used as by the newest version, and its last runs."""
        rows = Dataset.objects.select_related("service", "file")
        dataset = get_visible_or_404(rows, self.request.user, "dataset.view", pk=self.kwargs["pk"])
        uses = column_uses(dataset.versions.order_by("-id").first())
        return super().get_context_data(**kwargs) | {
            "dataset": dataset,
            "columns": [column | {"uses": uses[column["name"]]} for column in dataset.columns],
            "erase_form": EraseForm() if may(self.request.user, ACT, dataset) else None,
            "sharing": len(sharing_bytes(dataset)),
            "runs": list(dataset.runs.select_related("version").order_by("-queued_at")[:10]),
        }


def column_uses(version: Version | None) -> dict[str, list[str]]:
    """Column → what the version's manifest uses it as."""
    uses: dict[str, list[str]] = defaultdict(list)
    data = version.manifest.get("data", {}) if version else {}
    words = {
        "target": _("Truth"),
        "prediction": _("Decision"),
        "score": _("Score"),
        "person": _("Person"),
        "sensitive": _("Sensitive"),
        "legitimate": _("Legitimate"),
    }
    for key, word in words.items():
        named = data.get(key) or []
        for name in [named] if isinstance(named, str) else named:
            uses[name].append(word)
    return uses
