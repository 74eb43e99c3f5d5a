"""Webhooks: list, one with its delivery log, and every act on it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import TemplateView

from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import EVERYWHERE, may, scope
from shield.common.errors import Conflict, ShieldError
from shield.common.listing import ListPage
from shield.notify.filters import DeliveryFilter, EndpointFilter
from shield.notify.forms import EndpointForm, ReplayForm, SwitchForm
from shield.notify.models import Delivery, Endpoint
from shield.notify.selectors import deliveries_of, endpoints
from shield.notify.services.endpoints import (
    deliveries_replay,
    endpoint_change,
    endpoint_create,
    endpoint_ping,
    endpoint_rotate,
    endpoint_switch,
)
from shield.notify.tables import DeliveryTable, EndpointTable

MANAGE = "webhook.manage"


def _actor(request: HttpRequest) -> str:
    return cast(User, request.user).get_username()


def _units(user: object) -> QuerySet[BusinessUnit]:
    """The units in which somebody may make webhooks."""
    where = scope(user, MANAGE)
    rows = BusinessUnit.objects.all()
    return rows if where.everywhere else rows.filter(pk__in=where.units)


class EndpointList(PermissionRequired, ListPage[Endpoint]):
    """The webhooks that I manage."""

    act = MANAGE
    model = Endpoint
    table_class = EndpointTable
    filterset_class = EndpointFilter
    template_name = "notify/endpoint_list.html"
    title = gettext_lazy("Webhooks")
    export_name = "webhooks"
    export_columns = ("id", "name", "url", "acts", "format", "unit", "active", "last_success_at")

    def get_queryset(self) -> QuerySet[Endpoint]:
        return endpoints(cast(User, self.request.user))

    def export_row(self, item: Endpoint) -> dict[str, object]:
        success = item.last_success_at
        return {
            "id": item.pk,
            "name": item.name,
            "url": item.url,
            "acts": " ".join(item.acts),
            "format": item.format,
            "unit": item.unit.slug if item.unit else "",
            "active": item.active,
            "last_success_at": success.isoformat() if success else None,
        }


class EndpointNew(PermissionRequired, View):
    """A new webhook; its secret is on the page that answers, and nowhere else."""

    act = MANAGE

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self._page(request, self._form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make it, or say what is wrong."""
        form = self._form(request, request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        chosen = form.cleaned_data["unit"]
        unit = get_object_or_404(_units(request.user), pk=chosen) if chosen else None
        require(request.user, MANAGE, unit or EVERYWHERE)
        try:
            row, secret = endpoint_create(terms=form.terms(), unit=unit, actor=_actor(request))
        except ShieldError as error:
            form.add_error(None, f"{error.message} {error.hint}")
            return self._page(request, form, status=422)
        return _secret(request, row, secret)

    def _form(self, request: HttpRequest, data: Any = None) -> EndpointForm:  # noqa: ANN401
        units, everywhere = _units(request.user), may(request.user, MANAGE, EVERYWHERE)
        return EndpointForm(data, units=units, everywhere=everywhere)

    def _page(self, request: HttpRequest, form: EndpointForm, status: int = 200) -> HttpResponse:
        return render(request, "notify/endpoint_form.html", {"form": form}, status=status)


def _secret(request: HttpRequest, row: Endpoint, secret: str) -> HttpResponse:
    """The one page that shows a secret; it is kept by no cache and no history."""
    response = render(request, "notify/endpoint_secret.html", {"endpoint": row, "secret": secret})
    response["Cache-Control"] = "private, no-store"
    return response


class EndpointPage(PermissionRequired, ListPage[Delivery]):
    """One webhook: how it goes, and its delivery log."""

    act = MANAGE
    model = Delivery
    table_class = DeliveryTable
    filterset_class = DeliveryFilter
    template_name = "notify/endpoint_detail.html"
    title = gettext_lazy("Webhook")
    export_name = "deliveries"
    export_columns = ("id", "event", "act", "state", "attempts", "error", "created_at", "done_at")

    @property
    def endpoint(self) -> Endpoint:
        """The webhook of the address; 404 for one of a foreign unit."""
        if not hasattr(self, "_endpoint"):
            self._endpoint = _endpoint(self.request, self.kwargs["pk"])
        return self._endpoint

    def get_queryset(self) -> QuerySet[Delivery]:
        return deliveries_of(self.endpoint)

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The log, the webhook, and how many deliveries were given up."""
        rows = deliveries_of(self.endpoint).order_by()
        return super().get_context_data(**kwargs) | {
            "endpoint": self.endpoint,
            "dead": rows.filter(state="dead").count(),
            "waiting": rows.filter(state="pending").count(),
        }

    def export_row(self, item: Delivery) -> dict[str, object]:
        return {
            "id": str(item.pk),
            "event": item.event,
            "act": item.act,
            "state": item.state,
            "attempts": item.attempts,
            "error": item.error,
            "created_at": item.created_at.isoformat(),
            "done_at": item.done_at.isoformat() if item.done_at else None,
        }


def _endpoint(request: HttpRequest, pk: int) -> Endpoint:
    rows = Endpoint.objects.select_related("unit")
    return get_visible_or_404(rows, request.user, MANAGE, pk=pk)


class DeliveryPage(PermissionRequired, TemplateView):
    """One delivery with every attempt: what was sent and what came back."""

    act = MANAGE
    template_name = "notify/delivery_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The delivery and its log."""
        endpoint = _endpoint(self.request, self.kwargs["pk"])
        delivery = get_object_or_404(deliveries_of(endpoint), pk=self.kwargs["delivery"])
        return super().get_context_data(**kwargs) | {
            "endpoint": endpoint,
            "delivery": delivery,
            "attempts": list(delivery.log.all()[:50]),
        }


class EndpointChange(PermissionRequired, View):
    """Another name, address, choice of events or format."""

    act = MANAGE

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form with what holds now."""
        row = _endpoint(request, pk)
        initial = {
            "name": row.name, "url": row.url, "acts": "\n".join(row.acts), "format": row.format,
            "seen": row.updated_at.isoformat(),
        }  # fmt: skip
        form = EndpointForm(initial=initial, units=(), everywhere=False, fixed=True)
        return self._page(request, row, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change it, or say what is wrong."""
        row = _endpoint(request, pk)
        form = EndpointForm(request.POST, units=(), everywhere=False, fixed=True)
        if form.is_valid():
            try:
                endpoint_change(
                    endpoint=row, terms=form.terms(), actor=_actor(request),
                    seen=form.cleaned_data["seen"] or None,
                )  # fmt: skip
            except Conflict as error:
                return self._conflict(request, row, form, error)
            except ShieldError as error:
                form.add_error(None, f"{error.message} {error.hint}")
            else:
                messages.success(request, _("The webhook is changed."))
                return redirect(row)
        return self._page(request, row, form, status=422)

    def _conflict(
        self, request: HttpRequest, row: Endpoint, form: EndpointForm, error: Conflict
    ) -> HttpResponse:
        """What was typed stays, beside what holds now; to save again is to decide knowingly."""
        now = _endpoint(request, row.pk)
        kept = EndpointForm(
            {**form.cleaned_data, "seen": now.updated_at.isoformat()},
            units=(), everywhere=False, fixed=True,
        )  # fmt: skip
        kept.add_error(None, f"{error.message} {_('What you typed is still here.')}")
        return self._page(request, now, kept, status=Conflict.status)

    def _page(
        self, request: HttpRequest, row: Endpoint, form: EndpointForm, status: int = 200
    ) -> HttpResponse:
        context = {"form": form, "endpoint": row, "conflict": status == Conflict.status}
        return render(request, "notify/endpoint_form.html", context, status=status)


class EndpointSwitch(PermissionRequired, View):
    """On or off."""

    act = MANAGE

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Switch it."""
        row = _endpoint(request, pk)
        form = SwitchForm(request.POST)
        if form.is_valid():
            active = bool(form.cleaned_data["active"])
            endpoint_switch(
                endpoint=row, active=active, actor=_actor(request),
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
            messages.success(
                request, _("The webhook is on.") if active else _("The webhook is off.")
            )
        return redirect(row)


class EndpointRotate(PermissionRequired, View):
    """A new secret."""

    act = MANAGE

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make it and show it, once."""
        row, secret = endpoint_rotate(endpoint=_endpoint(request, pk), actor=_actor(request))
        return _secret(request, row, secret)


class EndpointPing(PermissionRequired, View):
    """Send something that says nothing, to try the address."""

    act = MANAGE

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put it into the queue."""
        row = _endpoint(request, pk)
        endpoint_ping(endpoint=row, actor=_actor(request))
        messages.success(request, _("A test is on its way; reload in a few seconds."))
        return redirect(row)


class EndpointReplay(PermissionRequired, View):
    """Send one delivery again, or all that were given up."""

    act = MANAGE

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put them into the queue again."""
        row = _endpoint(request, pk)
        form = ReplayForm(request.POST)
        if not form.is_valid():
            raise Http404
        wanted = form.cleaned_data["delivery"]
        ids = [get_object_or_404(deliveries_of(row), pk=wanted).pk] if wanted else None
        total = deliveries_replay(endpoint=row, actor=_actor(request), ids=ids)
        messages.success(request, _("%(count)s deliveries are sent again.") % {"count": total})
        return redirect(row)
