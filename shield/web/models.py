"""What people keep of the pages: named filters of lists."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shield.accounts.models import BusinessUnit
from shield.common.models import Timed


class ViewScope(models.TextChoices):
    PRIVATE = "private", _("Only me")
    UNIT = "unit", _("A business unit")
    EVERYONE = "everyone", _("Everybody")


class SavedView(Timed):
    """A list's filters and sorting under a name. `page` is the route of the list."""

    unit_path: ClassVar[str] = ""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, blank=True)
    scope = models.CharField(max_length=10, choices=ViewScope, default=ViewScope.PRIVATE)
    unit = models.ForeignKey(
        BusinessUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_once"),
            models.UniqueConstraint(
                fields=["user", "page"],
                condition=Q(is_default=True),
                name="saved_view_one_default",
            ),
            models.CheckConstraint(
                condition=Q(scope="unit", unit__isnull=False) | (~Q(scope="unit") & Q(unit=None)),
                name="saved_view_unit_of_scope",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse(self.page)}?{self.query or 'view=0'}"
