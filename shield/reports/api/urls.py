"""Routes."""

from __future__ import annotations

from django.urls import path, register_converter

from shield.reports.api.views import FORMATS, ResultSchemaView, RunReportView


class FormatConverter:
    """One of the formats of a report."""

    regex = "|".join(FORMATS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FormatConverter, "report_format")

urlpatterns = [
    path("schemas/result-v1.schema.json", ResultSchemaView.as_view(), name="api-result-schema"),
    path(
        "runs/<uuid:uuid>/reports/<report_format:form>",
        RunReportView.as_view(),
        name="api-run-report",
    ),
]
