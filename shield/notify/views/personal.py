"""A person's own messages: list, bell, preferences, what they follow, and the link that stops mail."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.accounts.policy import visible
from shield.common.errors import InvalidInput
from shield.common.listing import ListPage
from shield.findings.models import Finding
from shield.notify.choices import Kind
from shield.notify.filters import NotificationFilter
from shield.notify.forms import PreferenceForm
from shield.notify.links import unsubscription
from shield.notify.models import Notification
from shield.notify.selectors import notifications_of, preference_of, unread_count
from shield.notify.services.personal import (
    attention_set,
    email_stop,
    notifications_read,
    preference_set,
)
from shield.notify.tables import NotificationTable
from shield.notify.wording import title
from shield.registry.models import Service


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)


class NotificationList(PermissionRequired, ListPage[Notification]):
    """What I was told."""

    act = "account.own"
    model = Notification
    table_class = NotificationTable
    filterset_class = NotificationFilter
    template_name = "notify/notification_list.html"
    title = gettext_lazy("Notifications")
    export_name = "notifications"
    export_columns = ("at", "kind", "title", "service", "url", "count", "read_at")

    def get_queryset(self) -> QuerySet[Notification]:
        return notifications_of(_me(self.request))

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The list, and how much of it is unread."""
        context = super().get_context_data(**kwargs)
        return context | {"unread": unread_count(_me(self.request))}

    def export_row(self, item: Notification) -> dict[str, object]:
        return {
            "at": item.at.isoformat(),
            "kind": item.kind,
            "title": title(item),
            "service": item.service_text,
            "url": item.url,
            "count": item.count,
            "read_at": item.read_at.isoformat() if item.read_at else None,
        }


class Bell(PermissionRequired, View):
    """The number of unread messages; the frame asks for it every minute."""

    act = "account.own"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The bell alone."""
        return render(request, "notify/bell.html", {"unread": unread_count(_me(request))})


class Open(PermissionRequired, View):
    """From a message to what it is about; the message is read by that."""

    act = "account.own"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark it and go there. The address was made by the product, never by a request."""
        row = get_object_or_404(notifications_of(_me(request)), pk=pk)
        notifications_read(user=_me(request), ids=[row.pk])
        return redirect(row.url)


class ReadOne(PermissionRequired, View):
    """Mark one message as read, or as unread again."""

    act = "account.own"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Turn it over."""
        row = get_object_or_404(notifications_of(_me(request)), pk=pk)
        notifications_read(user=_me(request), ids=[row.pk], read=row.read_at is None)
        return redirect(_back(request))


class ReadAll(PermissionRequired, View):
    """Mark everything as read."""

    act = "account.own"

    def post(self, request: HttpRequest) -> HttpResponse:
        """All of it, and say how much it was."""
        total = notifications_read(user=_me(request))
        messages.success(request, _("%(count)s messages marked as read.") % {"count": total})
        return redirect("notification-list")


class Preferences(PermissionRequired, TemplateView):
    """How I want to be told."""

    act = "account.own"
    template_name = "notify/preferences.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The form with what holds now, and what is followed and muted."""
        me = _me(self.request)
        attending = list(me.attending.order_by("attention", "object_type", "-id")[:100])
        return super().get_context_data(**kwargs) | {
            "form": kwargs.get("form") or PreferenceForm(preference=preference_of(me)),
            "attending": _with_names(me, attending),
            "has_email": bool(me.email),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep it, or show what is wrong with it."""
        form = PreferenceForm(request.POST, preference=preference_of(_me(request)))
        if form.is_valid():
            try:
                preference_set(user=_me(request), wishes=form.wishes())
            except InvalidInput as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Saved."))
                return redirect("notification-preferences")
        return self.render_to_response(self.get_context_data(form=form), status=422)


def _with_names(me: User, attending: list[Any]) -> list[dict[str, object]]:
    """Rows with the objects that the person may still see."""
    found: dict[tuple[str, str], object] = {}
    for kind, model, act in (
        ("service", Service, "service.view"),
        ("finding", Finding, "finding.view"),
    ):
        ids = [row.object_id for row in attending if row.object_type == kind]
        if ids:
            rows = visible(model._default_manager.filter(pk__in=ids), me, act)
            found |= {(kind, str(row.pk)): row for row in rows}
    return [
        {"row": row, "target": found[(row.object_type, row.object_id)]}
        for row in attending
        if (row.object_type, row.object_id) in found
    ]


class AttendService(PermissionRequired, View):
    """Follow a service, mute it, or neither."""

    act = "account.own"

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Keep the choice and go back to the service."""
        rows = Service.objects.all()
        service = get_visible_or_404(rows, request.user, "service.view", slug=slug)
        attention_set(
            user=_me(request), target=service, attention=request.POST.get("attention", "")
        )
        return redirect(service)


class AttendFinding(PermissionRequired, View):
    """Follow a finding, mute it, or neither."""

    act = "account.own"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep the choice and go back to the finding."""
        rows = Finding.objects.select_related("service")
        finding = get_visible_or_404(rows, request.user, "finding.view", pk=pk)
        attention_set(
            user=_me(request), target=finding, attention=request.POST.get("attention", "")
        )
        return redirect(finding)


@method_decorator([login_not_required, csrf_exempt], name="dispatch")
class Unsubscribe(View):
    """The link in a mail. Opening it shows what it would do; sending it (a button, or the mail
    program's own one-click) does it. The signed token is all that it can do: no cookie is used."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """What the link is for."""
        return self._page(request, request.GET.get("token", ""), done=False)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Stop the mail."""
        return self._page(request, request.GET.get("token", ""), done=True)

    def _page(self, request: HttpRequest, token: str, *, done: bool) -> HttpResponse:
        context: dict[str, object] = {"token": token, "done": done}
        try:
            wanted = unsubscription(token)
        except InvalidInput as error:
            return render(request, "notify/unsubscribe.html", {"error": error})
        person = User.objects.filter(pk=wanted.user_id, is_active=True).first()
        if person is not None and done:
            email_stop(user=person, kind=wanted.kind)
        context["kind"] = Kind(wanted.kind).label if wanted.kind else ""
        return render(request, "notify/unsubscribe.html", context)


def _back(request: HttpRequest) -> str:
    """The list as it was filtered; nothing but a query is taken over from the request."""
    query = request.POST.get("query", "")
    return f"{reverse('notification-list')}?{query}" if query else reverse("notification-list")
