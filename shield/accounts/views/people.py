"""People and their roles, for administrators of everything or of their units."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from shield.accounts import directory, services
from shield.accounts.factors import STRONG
from shield.accounts.filters import PeopleFilter
from shield.accounts.forms import GrantForm, PersonForm, ReasonForm
from shield.accounts.models import ApiToken, BusinessUnit, Grant, User
from shield.accounts.pages import PermissionRequired
from shield.accounts.policy import EVERYWHERE, may, visible
from shield.accounts.recent import RecentToPost
from shield.accounts.sessions import sessions_end_all
from shield.accounts.tables import PeopleTable
from shield.accounts.views.account import person
from shield.common.listing import ListPage

ACT = "user.manage"


def offered(actor: User) -> dict[str, Any]:
    """The units in which this administrator gives roles."""
    units = visible(BusinessUnit.objects.all(), actor, ACT)
    return {"units": units, "everywhere": may(actor, ACT, EVERYWHERE)}


def described(actor: User) -> QuerySet[User]:
    """The people of `actor`, with the grants that `actor` may see and whether there is a factor."""
    strong = Authenticator.objects.filter(user=OuterRef("pk"), type__in=STRONG)
    shown = Prefetch("grants", queryset=directory.grants(actor), to_attr="shown_grants")
    return directory.people(actor).annotate(factor=Exists(strong)).prefetch_related(shown)


class PeopleList(PermissionRequired, ListPage[User]):
    """Everybody whom this administrator looks after."""

    act = ACT
    model = User
    table_class = PeopleTable
    filterset_class = PeopleFilter
    template_name = "accounts/people.html"
    title = gettext_lazy("People")
    export_name = "people"
    export_columns = ("username", "email", "active", "roles", "second_factor", "last_sign_in")

    def get_queryset(self) -> QuerySet[User]:
        return described(person(self.request))

    def export_row(self, item: User) -> dict[str, object]:
        return {
            "username": item.username,
            "email": item.email,
            "active": item.is_active,
            "roles": "; ".join(str(grant) for grant in item.shown_grants),  # type: ignore[attr-defined]
            "second_factor": item.factor,  # type: ignore[attr-defined]
            "last_sign_in": item.last_login.isoformat() if item.last_login else None,
        }


class PersonNew(PermissionRequired, RecentToPost, View):
    """Invite somebody: a name, a first role, and a link that is shown once."""

    act = ACT

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        return self._page(request, PersonForm(**offered(person(request))))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the account and show its link."""
        actor = person(request)
        form = PersonForm(request.POST, **offered(actor))
        if not form.is_valid():
            return self._page(request, form, status=422)
        user, path = services.person_invite(actor=actor, **form.cleaned_data)
        return invitation_page(request, user, path)

    def _page(self, request: HttpRequest, form: PersonForm, *, status: int = 200) -> HttpResponse:
        return render(request, "accounts/person_new.html", {"form": form}, status=status)


def invitation_page(request: HttpRequest, user: User, path: str) -> HttpResponse:
    """The link, this once. It is in no history and no log."""
    facts = {"person": user, "link": request.build_absolute_uri(path)}
    return render(request, "accounts/invited.html", facts)


class PersonPage(PermissionRequired, View):
    """One person: roles, ways in, tokens; and what can be done about them."""

    act = ACT

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What there is, and the forms that this administrator may send."""
        return person_page(request, get_object_or_404(described(person(request)), pk=pk))


def person_page(
    request: HttpRequest, found: User, form: GrantForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The page of a person, with the form that was refused, if one was."""
    actor = person(request)
    whole = directory.manages(actor, found) and found.pk != actor.pk
    facts = {
        "person": found,
        "grants": found.shown_grants,  # type: ignore[attr-defined]
        "is_self": found.pk == actor.pk,
        "whole": whole,
        "grant_form": form or GrantForm(**offered(actor)),
        "tokens": ApiToken.objects.filter(user=found, revoked_at=None) if whole else [],
    }
    return render(request, "accounts/person.html", facts, status=status)


class PersonAct(PermissionRequired, RecentToPost, View):
    """A form on the page of a person: a reason, then a service, then back."""

    act = ACT
    done: ClassVar[Any] = ""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it and say so."""
        actor = person(request)
        found = get_object_or_404(directory.people(actor), pk=pk)
        form = ReasonForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Please say why."))
            return redirect("person-detail", pk)
        return self.apply(request, actor, found, form.cleaned_data["reason"])

    def apply(self, request: HttpRequest, actor: User, found: User, reason: str) -> HttpResponse:
        """Call the service."""
        raise NotImplementedError


class PersonSwitchOff(PersonAct):
    """End somebody's access now."""

    def apply(self, request: HttpRequest, actor: User, found: User, reason: str) -> HttpResponse:
        services.person_switch_off(actor=actor, user=found, reason=reason)
        messages.success(request, _("Switched off: sessions and tokens have ended."))
        return redirect("person-detail", found.pk)


class PersonSwitchOn(PersonAct):
    """Let somebody in again."""

    def apply(self, request: HttpRequest, actor: User, found: User, reason: str) -> HttpResponse:
        services.person_switch_on(actor=actor, user=found, reason=reason)
        messages.success(request, _("This account can sign in again."))
        return redirect("person-detail", found.pk)


class PersonInvite(PersonAct):
    """A new link to set a password."""

    def apply(self, request: HttpRequest, actor: User, found: User, reason: str) -> HttpResponse:
        path = services.invitation_renew(actor=actor, user=found, reason=reason)
        return invitation_page(request, found, path)


class PersonFactors(PersonAct):
    """Remove the second factors of somebody who lost them."""

    def apply(self, request: HttpRequest, actor: User, found: User, reason: str) -> HttpResponse:
        services.factors_reset(actor=actor, user=found, reason=reason)
        messages.success(request, _("The second factors are removed."))
        return redirect("person-detail", found.pk)


class PersonSignOut(PersonAct):
    """End all sessions of somebody."""

    def apply(self, request: HttpRequest, actor: User, found: User, reason: str) -> HttpResponse:
        services.require_manages(actor=actor, user=found)
        sessions_end_all(user=found, actor=actor.get_username(), reason=reason)
        messages.success(request, _("All sessions have ended."))
        return redirect("person-detail", found.pk)


class GrantNew(PermissionRequired, RecentToPost, View):
    """Give somebody a role."""

    act = ACT

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give it, or show what was wrong."""
        actor = person(request)
        found = get_object_or_404(described(actor), pk=pk)
        form = GrantForm(request.POST, **offered(actor))
        if not form.is_valid():
            return person_page(request, found, form, status=422)
        services.grant_give(actor=actor, user=found, **form.cleaned_data)
        messages.success(request, _("The role is given."))
        return redirect("person-detail", pk)


class GrantEnd(PermissionRequired, RecentToPost, View):
    """Take a role from somebody."""

    act = ACT

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it."""
        actor = person(request)
        grant: Grant = get_object_or_404(directory.grants(actor), pk=pk)
        form = ReasonForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Please say why."))
        else:
            services.grant_take(actor=actor, grant=grant, reason=form.cleaned_data["reason"])
            messages.success(request, _("The role is taken away."))
        return redirect("person-detail", grant.user_id)


class PersonTokenRevoke(PermissionRequired, View):
    """End a token of somebody, for example because it leaked."""

    act = "token.manage"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End it."""
        actor = person(request)
        token = get_object_or_404(ApiToken, user__in=directory.people(actor), pk=pk)
        services.require_manages(actor=actor, user=token.user)
        services.token_revoke(token=token, actor=actor.get_username())
        messages.success(request, _("The token no longer works."))
        return redirect("person-detail", token.user_id)
