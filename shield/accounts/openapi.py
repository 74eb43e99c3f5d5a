"""How the API's description speaks of tokens."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class TokenScheme(OpenApiAuthenticationExtension):
    """HTTP bearer authentication."""

    target_class = "shield.accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """The OpenAPI security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from `python manage.py token_create`.",
        }
