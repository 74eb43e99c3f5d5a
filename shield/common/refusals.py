"""A form that was refused comes back with everything that was typed, whatever page it was on.

Most forms stand in a dialog of some page. When somebody else was faster, or a value cannot be used, the
same form is shown alone: what is wrong, who changed what and when, the words as they were written, and
a token of the row as it is now, so that sending it again is a decision about that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.forms import CheckboxInput, Form, RadioSelect, Select
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from shield.common.errors import Conflict, NotPermitted, ShieldError


def form_refused(
    request: HttpRequest,
    form: Form,
    *,
    row: object,
    back: str,
    error: ShieldError | None = None,
    fresh: Mapping[str, object] | None = None,
) -> HttpResponse:
    """The page with the form about `row`; without an error, the form itself says what is wrong.

    `fresh` replaces hidden fields (tokens of the row) by what they are now; `back` is the row's page.
    Raises the error again when the person may not do this: then there is nothing to send again.
    """
    if isinstance(error, NotPermitted):
        raise error
    renewed(form, fresh or {})
    for field in form.fields.values():
        _dress(field.widget)
    context = {
        "form": form,
        "row": row,
        "back": back,
        "error": error,
        "action": request.get_full_path(),
        "extra": _extra(request, form),
    }
    status = 422 if error is None else form_status(error)
    return render(request, "errors/form_refused.html", context, status=status)


def form_status(error: ShieldError) -> int:
    """The status of a form's page: 412 answers a condition in a header, which no form sends."""
    return 409 if isinstance(error, Conflict) else error.status


def renewed(form: Form, fresh: Mapping[str, object]) -> None:
    """Put other values of hidden fields into a bound form, so that it is sent with them next."""
    data = cast(QueryDict, form.data).copy()  # what a browser sends cannot be changed
    for name, value in fresh.items():
        data[form.add_prefix(name)] = "" if value is None else str(value)
    form.data = data


def _extra(request: HttpRequest, form: Form) -> list[tuple[str, str]]:
    """What the page sent beside the form's own fields, such as which rows it is about."""
    own = {form.add_prefix(name) for name in form.fields} | {"csrfmiddlewaretoken"}
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        if name not in own
        for value in values
    ]


def _dress(widget: object) -> None:
    if isinstance(widget, RadioSelect | CheckboxInput) or not hasattr(widget, "attrs"):
        return
    kind = "form-select" if isinstance(widget, Select) else "form-control"
    widget.attrs.setdefault("class", kind)
