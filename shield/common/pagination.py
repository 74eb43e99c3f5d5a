"""Pages of the API."""

from __future__ import annotations

from rest_framework.pagination import PageNumberPagination

from shield.common.counting import KeysFirstPaginator


class Pages(PageNumberPagination):
    """`?page=2&page_size=100`; at most 500 rows a page."""

    django_paginator_class = KeysFirstPaginator
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
