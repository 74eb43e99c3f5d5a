"""The one kind of list page: filters, chips, counts, sorting, pages and export, all in the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django_filters.views import FilterView
from django_tables2 import RequestConfig, SingleTableMixin, Table

from shield.common.counting import LimitedPaginator
from shield.common.exports import export_response

PAGE_SIZES = (25, 50, 100)

Row = TypeVar("Row", bound=Model)


@dataclass(slots=True)
class Opening:
    """What a person wants a list to open with; a room above this one knows and says so at the start."""

    _query: Callable[[HttpRequest], str] | None = None

    def set(self, query: Callable[[HttpRequest], str]) -> None:
        """Ask `query(request)` from now on: a query string, or ""."""
        self._query = query

    def of(self, request: HttpRequest) -> str:
        """The query string, or ""."""
        return self._query(request) if self._query else ""


OPENING: Final = Opening()


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter: what it says, and the query string without it."""

    label: str
    value: str
    without: str


class ListPage(SingleTableMixin, FilterView, Generic[Row]):
    """A filtered, sorted, paginated list. Subclasses name model, table, filter set and title."""

    template_name = "generic/list.html"
    title: ClassVar[object] = ""
    export_name: ClassVar[str] = "export"
    export_columns: ClassVar[Sequence[str]] = ()

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """The page, or the same rows as a file when `?export=csv|json` asks for it."""
        if not request.GET and (query := OPENING.of(request)):
            return redirect(f"{request.path}?{query}")
        kind = request.GET.get("export", "")
        if kind in {"csv", "json"} and self.export_columns:
            filterset = self.get_filterset(self.get_filterset_class())
            usable = not filterset.is_bound or filterset.is_valid()
            found = filterset.qs if usable else filterset.queryset.none()
            return export_response(
                kind=kind,
                name=self.export_name,
                columns=self.export_columns,
                rows=(self.export_row(item) for item in self.export_items(found)),
            )
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def export_items(self, queryset: QuerySet[Row]) -> Iterable[Row]:
        """The rows of the export, in chunks from the database."""
        return queryset.iterator(chunk_size=500)

    def export_row(self, item: Row) -> Mapping[str, object]:
        """One row of the export, by column."""
        raise NotImplementedError

    def get_table(self, **kwargs: object) -> Table:
        """The table, sorted and cut to a page of an offered size; an impossible page is the last."""
        table = self.get_table_class()(data=self.get_table_data(), **kwargs)
        RequestConfig(self.request, paginate=False).configure(table)
        wanted = self.request.GET.get("per_page", "")
        sizes = {str(size): size for size in PAGE_SIZES}
        table.paginator = LimitedPaginator(table, sizes.get(wanted, PAGE_SIZES[0]))
        table.page = table.paginator.get_page(self.request.GET.get("page"))
        return table

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The list plus its chips, its count and whether anything is filtered at all."""
        context = super().get_context_data(**kwargs)
        form = context["filter"].form
        form.is_valid()
        chips = list(active_chips(form, self.request.GET))
        return context | {
            "title": self.title,
            "chips": chips,
            "is_filtered": bool(chips),
            "page_sizes": PAGE_SIZES,
            "can_export": bool(self.export_columns),
            "kept": kept_parameters(form, self.request.GET),
        }


def active_chips(form: Form, query: QueryDict) -> Iterator[Chip]:
    """A chip for every value that narrows the list, in the order of the form's fields."""
    for name, field in form.fields.items():
        choices = {str(key): str(label) for key, label in getattr(field, "choices", ())}
        for value in query.getlist(name):
            if value.strip():
                yield Chip(
                    label=str(field.label or name),
                    value=choices.get(value, value),
                    without=_without(query, name, value),
                )


def _without(query: QueryDict, name: str, value: str) -> str:
    rest = query.copy()
    rest.setlist(name, [kept for kept in query.getlist(name) if kept != value])
    rest.pop("page", None)
    return rest.urlencode()


def kept_parameters(form: Form, query: QueryDict) -> list[tuple[str, str]]:
    """What the filter form must carry along so that applying a filter keeps sorting and page size."""
    return [
        (name, value)
        for name in ("sort", "per_page")
        if name not in form.fields
        for value in query.getlist(name)
    ]
