"""Django's admin: only for operators, only to look.

It would change rows past the services that judge and record. So nothing registers itself; what stands here
can be read and not written: the schedules of the background work. Everything else has pages of its own.
"""

from __future__ import annotations

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask


class OperatorsSite(AdminSite):
    """For staff who are superusers; the way in is the product's own, with its second factor."""

    site_header = "Shield: operators"
    site_title = "Shield"
    index_title = "Background work"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Both marks, and not switched off."""
        user = request.user
        return bool(user.is_active and user.is_staff and user.is_superuser)

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """To the one sign-in page; whoever is signed in and no operator has no business here."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.get_full_path())


class ReadOnly(ModelAdmin):
    """Rows that can be looked at."""

    def has_add_permission(self, request: HttpRequest, *args: object) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Schedules(ReadOnly):
    """What runs by itself, and when it last did."""

    list_display = ("name", "task", "enabled", "last_run_at", "total_run_count")


operators = OperatorsSite(name="admin")
operators.register(PeriodicTask, Schedules)
operators.register([CrontabSchedule, IntervalSchedule], ReadOnly)
