"""The page of what nobody answers for, and the acts that put it right, in bulk."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.generic import TemplateView

from shield.accounts.directory import colleagues
from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, require
from shield.accounts.policy import EVERYWHERE, visible
from shield.accounts.services import token_revoke
from shield.common.exports import export_response
from shield.findings.bulk import Bulk
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.findings.services import findings_bulk
from shield.registry.models import Service
from shield.registry.owners import service_reassign
from shield.web.orphans import SHOWN, Orphans, orphans

COLUMNS = ("kind", "id", "text", "service", "person")


class OrphansPage(PermissionRequired, TemplateView):
    """Services, findings, proposals, statements, incidents and tokens of people who left."""

    act = "service.view"
    template_name = "web/orphans.html"

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """The page, or the same as a file."""
        kind = request.GET.get("export", "")
        if kind in {"csv", "json"}:
            rows = export_rows(orphans(request.user))
            answer = export_response(kind=kind, name="orphans", columns=COLUMNS, rows=rows)
            return cast(HttpResponse, answer)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Each part with its number, and who may take over."""
        found = orphans(self.request.user)
        user = self.request.user
        return super().get_context_data(**kwargs) | {
            "orphans": found,
            "total": found.total,
            "services": Paginator(found.services, SHOWN).get_page(self.request.GET.get("page")),
            "proposals": [item for rows in found.proposals for item in rows[:SHOWN]],
            "statements": list(found.statements[:SHOWN]),
            "incidents": list(found.incidents[:SHOWN]),
            "tokens": list(found.tokens[:SHOWN]),
            "cut": any(
                rows.count() > SHOWN
                for rows in (found.statements, found.incidents, found.tokens, *found.proposals)
            ),
            "most": SHOWN,
            "people": colleagues(user, "service.change"),
        }


def export_rows(found: Orphans) -> list[dict[str, object]]:
    """Every row, of whatever kind, as files have it."""

    def row(kind: str, id: object, text: object, service: str, person: str) -> dict[str, object]:
        return {"kind": kind, "id": id, "text": str(text), "service": service, "person": person}

    rows = [row("service", item.slug, item, item.slug, item.owner) for item in found.services]
    rows += [
        row("findings", item.person.username, item.findings, "", item.person.username)
        for item in found.findings
    ]
    rows += [
        row("proposal", item.pk, item, "", item.proposer.username)
        for proposals in found.proposals
        for item in proposals
    ]
    rows += [
        row("statement", item.pk, item, item.service.slug if item.service else "", item.signer_name)
        for item in found.statements
    ]
    rows += [
        row("incident", item.label, item, item.service.slug, item.manager.username)
        for item in found.incidents
        if item.manager
    ]
    rows += [row("token", item.prefix, item, "", item.user.username) for item in found.tokens]
    return rows


class OrphanServices(PermissionRequired, View):
    """Give chosen services a new owner."""

    act = "service.change"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Each service is asked of the policy by itself."""
        owner = _person(request)
        if owner is None:
            return redirect("orphans")
        slugs = request.POST.getlist("service")[:SHOWN]
        chosen = visible(Service.objects.filter(slug__in=slugs), request.user, "service.view")
        rows = list(chosen)
        for service in rows:
            require(request.user, self.act, service)
        for service in rows:
            service_reassign(
                service=service,
                owner=owner,
                reason=_reason(request),
                actor=cast(User, request.user).get_username(),
            )
        _say(request, len(rows), owner)
        return redirect("orphans")


class OrphanFindings(PermissionRequired, View):
    """Give the open findings of somebody who left to somebody else."""

    act = "finding.triage"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Only those that the person may triage."""
        owner = _person(request)
        if owner is None:
            return redirect("orphans")
        left = request.POST.get("left", "")
        mine = visible(Finding.objects.all(), request.user, self.act).filter(
            assignee__username=left,
            assignee__is_active=False,
            state__in=FindingState.active(),
        )
        keys = list(mine.values_list("pk", flat=True)[:500])
        done = findings_bulk(
            findings=Finding.objects.filter(pk__in=keys),
            wanted=Bulk(act="assign", facts={"assignee": owner}),
            actor=cast(User, request.user),
        )
        _say(request, len(done.done), owner)
        for refusal in done.refused[:3]:
            messages.error(request, f"{refusal.finding.label}: {refusal.message}")
        return redirect("orphans")


class OrphanTokens(PermissionRequired, View):
    """End every token of people who are switched off."""

    act = "token.manage"

    def post(self, request: HttpRequest) -> HttpResponse:
        """All that the page shows."""
        require(request.user, self.act, EVERYWHERE)
        tokens = list(orphans(request.user).tokens)
        for token in tokens:
            token_revoke(token=token, actor=cast(User, request.user).get_username())
        messages.success(
            request,
            ngettext("%(n)d token is revoked.", "%(n)d tokens are revoked.", len(tokens))
            % {"n": len(tokens)},
        )
        return redirect("orphans")


def _person(request: HttpRequest) -> User | None:
    """The chosen heir; None, with a word about it, where nobody who can sign in was chosen."""
    name = request.POST.get("owner", "")
    found = colleagues(request.user, "service.change").filter(username=name).first()
    if found is None:
        messages.error(request, _("Choose somebody with an active account."))
    return found


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:2000] or _("The owner has left.")


def _say(request: HttpRequest, count: int, owner: User) -> None:
    text = ngettext("%(n)d row now belongs to %(who)s.", "%(n)d rows now belong to %(who)s.", count)
    level = messages.success if count else messages.warning
    level(request, text % {"n": count, "who": owner.get_username()})
