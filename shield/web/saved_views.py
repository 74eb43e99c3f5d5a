"""Named filters of lists: kept by anybody for themselves, shared by risk officers."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.translation import gettext as _

from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import require
from shield.accounts.policy import EVERYWHERE, scope
from shield.audit.services import record
from shield.common.errors import InvalidInput
from shield.common.listing import ListPage
from shield.web.models import SavedView, ViewScope

MOST = 100
"""Views that one person keeps."""
NOT_KEPT = ("page", "export", "view", "csrfmiddlewaretoken")
SHARE = "finding.triage"
"""The act of whoever may put a view before others."""


def views_for(user: object) -> QuerySet[SavedView]:
    """One's own views and those that others share with one."""
    where = scope(user, "finding.view")
    shared = Q(scope=ViewScope.EVERYONE)
    shared |= Q(scope=ViewScope.UNIT) if where.everywhere else Q(unit__in=where.units)
    own = Q(user=getattr(user, "pk", None) or 0)
    return SavedView.objects.filter(own | shared).select_related("user", "unit")


def views_of_page(request: HttpRequest) -> list[SavedView]:
    """The views of the list that is being shown; read once a request."""
    match = request.resolver_match
    if match is None or not getattr(request.user, "is_authenticated", False):
        return []
    if not hasattr(request, "saved_views"):
        rows = views_for(request.user).filter(page=match.view_name)
        request.saved_views = list(rows)  # type: ignore[attr-defined]
    found: list[SavedView] = request.saved_views  # type: ignore[attr-defined]
    return found


def default_query(request: HttpRequest) -> str:
    """What the person wants a list to open with; "" when nothing."""
    mine = (view for view in views_of_page(request) if view.user_id == request.user.pk)
    return next((view.query for view in mine if view.is_default), "")


@transaction.atomic
def view_save(
    *,
    actor: User,
    page: str,
    name: str,
    query: str,
    kept_for: str = ViewScope.PRIVATE,
    unit: BusinessUnit | None = None,
    is_default: bool = False,
) -> SavedView:
    """Keep a list's filters under a name; a view of the same name on that list is replaced.

    Sharing it needs the right to triage in that unit, or everywhere, and is an event.
    """
    name = name.strip()
    if not name or len(name) > 80 or "\0" in name:
        raise InvalidInput(
            "view_name", _("A view needs a name of at most 80 characters."), _("Give it a name.")
        )
    _refuse_other_pages(page)
    query = cleaned(query)
    if kept_for != ViewScope.PRIVATE:
        require(actor, SHARE, unit if kept_for == ViewScope.UNIT else EVERYWHERE)
    if kept_for == ViewScope.UNIT and unit is None:
        raise InvalidInput("view_unit", _("With which unit?"), _("Choose a business unit."))
    own = SavedView.objects.select_for_update(of=("self",)).filter(user=actor)
    if own.exclude(page=page, name=name).count() >= MOST:
        raise InvalidInput(
            "views_too_many",
            _("You keep %(most)s views already.") % {"most": MOST},
            _("Remove one that you no longer use."),
        )
    if is_default:
        own.filter(page=page).update(is_default=False)
    facts = {
        "query": query,
        "scope": kept_for,
        "unit": unit if kept_for == ViewScope.UNIT else None,
        "is_default": is_default,
    }
    view, _new = SavedView.objects.update_or_create(
        user=actor, page=page, name=name, defaults=facts
    )
    if kept_for != ViewScope.PRIVATE:
        _tell(view, actor, "view.share")
    return view


@transaction.atomic
def view_remove(*, view: SavedView, actor: User) -> None:
    """Forget one's own view."""
    _refuse_foreign(view, actor)
    if view.scope != ViewScope.PRIVATE:
        _tell(view, actor, "view.unshare")
    view.delete()


@transaction.atomic
def view_default(*, view: SavedView, actor: User, is_default: bool) -> SavedView:
    """Let a list open with one's own view, or no longer."""
    _refuse_foreign(view, actor)
    SavedView.objects.filter(user=actor, page=view.page).update(is_default=False)
    view.is_default = is_default
    view.save(update_fields=["is_default", "updated_at"])
    return view


def cleaned(query: str) -> str:
    """The filters and the sorting of an address, without what belongs to one moment only."""
    data = QueryDict(query.removeprefix("?"), mutable=True)
    for name in NOT_KEPT:
        data.pop(name, None)
    text = data.urlencode()
    if len(text) > 2000:
        raise InvalidInput(
            "view_query", _("This filter is too long to be kept."), _("Choose fewer values.")
        )
    return text


def _refuse_other_pages(page: str) -> None:
    try:
        shown = getattr(resolve(reverse(page)).func, "view_class", object)
    except NoReverseMatch:
        shown = object
    if not issubclass(shown, ListPage):
        raise InvalidInput(
            "view_page", _("There is no list of this name."), _("Save a view on the list itself.")
        )


def _refuse_foreign(view: SavedView, actor: User) -> None:
    if view.user_id != actor.pk:
        raise InvalidInput(
            "view_foreign",
            _("This view belongs to somebody else."),
            _("Save it under a name of your own."),
        )


def _tell(view: SavedView, actor: User, act: str) -> None:
    record(
        actor=actor.get_username(),
        act=act,
        object_type="view",
        object_id=view.pk,
        object_text=f"{view.page}: {view.name}",
        after={"query": view.query, "scope": view.scope},
        unit=view.unit_id,
    )
