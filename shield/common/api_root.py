"""What the API says of itself at its root."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import get_resolver
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shield.common.api_views import Acts


class RootSerializer(serializers.Serializer):
    """Where everything is."""

    name = serializers.CharField()
    version = serializers.CharField()
    schema = serializers.CharField(help_text="the OpenAPI description")
    client = serializers.CharField(help_text="the one-file client for pipelines")
    signed_in_as = serializers.CharField(allow_null=True, help_text="null: nobody")
    collections = serializers.DictField(child=serializers.CharField(), help_text="name → address")


class RootView(Acts, APIView):
    """`/api/v1/`: open to everybody; it says where things are, not what is in them."""

    acts: Mapping[str, str] = {"GET": "public"}  # type: ignore[misc]

    @extend_schema(responses={200: RootSerializer}, auth=[], operation_id="root")
    def get(self, request: Request) -> Response:
        """The collections, the description, and who you are."""
        base = request.build_absolute_uri(request.path)
        answer: dict[str, Any] = {
            "name": "Shield",
            "version": "1",
            "schema": f"{base}schema",
            "client": request.build_absolute_uri("/client/shield_ci.py"),
            "signed_in_as": request.user.get_username() or None,
            "collections": {name: base + path for name, path in collections().items()},
        }
        return Response(RootSerializer(answer).data)


def collections() -> dict[str, str]:
    """Name → path below the root, of every list of the API."""
    found = {}
    for name in get_resolver().reverse_dict:
        if isinstance(name, str) and name.startswith("api-") and name.endswith("-list"):
            pattern = get_resolver().reverse_dict.getlist(name)[0][0][0]
            path, parameters = pattern
            if not parameters:
                found[name[4:-5]] = path.removeprefix("api/v1/")
    return dict(sorted(found.items()))
