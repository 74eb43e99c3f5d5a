"""People, units, grants, tokens and sessions as the API shows them, and what it accepts.

What is read only is named field by field; a body that carries more changes nothing by it.
"""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from rest_framework import serializers

from shield.accounts.choices import Role, TierLimit
from shield.accounts.models import ApiToken, BusinessUnit, Grant, User
from shield.accounts.scopes import SCOPES

KEY = {"min_value": 1, "max_value": 2**63 - 1}


class UnitSerializer(serializers.ModelSerializer):
    """A business unit; manifests name it by its slug."""

    class Meta:
        model = BusinessUnit
        fields = ("id", "slug", "name", "created_at")
        read_only_fields = fields


class UnitWriteSerializer(serializers.Serializer):
    """A name, and for a new unit the slug, which never changes."""

    name = serializers.CharField(max_length=120)
    slug = serializers.SlugField(max_length=60, required=False, default="")


class UnitRenameSerializer(serializers.Serializer):
    """Another name."""

    name = serializers.CharField(max_length=120)


class GrantSerializer(serializers.ModelSerializer):
    """A role of a person, in a unit or (null) everywhere."""

    user = serializers.IntegerField(source="user_id", read_only=True)
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Grant
        fields = ("id", "user", "role", "unit", "tier_limit", "source", "created_at")
        read_only_fields = fields


class RoleSerializer(serializers.Serializer):
    """Which role, where, up to which tier, and why."""

    role = serializers.ChoiceField(choices=Role.choices)
    unit = serializers.SlugField(required=False, allow_null=True, default=None, max_length=60)
    tier_limit = serializers.ChoiceField(
        choices=TierLimit.choices, required=False, allow_blank=True, default=""
    )
    reason = serializers.CharField(max_length=500)


class GrantWriteSerializer(RoleSerializer):
    """A role for somebody."""

    user = serializers.IntegerField(**KEY)


class UserSerializer(serializers.ModelSerializer):
    """A person, with the roles that the asking administrator looks after."""

    grants = GrantSerializer(source="shown_grants", many=True, read_only=True)
    second_factor = serializers.BooleanField(source="factor", read_only=True)

    class Meta:
        model = User
        fields = (
            "id",
            "username",
            "email",
            "is_active",
            "grants",
            "second_factor",
            "last_login",
            "date_joined",
        )
        read_only_fields = fields


class UserWriteSerializer(RoleSerializer):
    """Somebody new, with a first role."""

    username = serializers.CharField(max_length=150)
    email = serializers.EmailField(required=False, allow_blank=True, default="", max_length=254)


class InvitedSerializer(serializers.Serializer):
    """The person, and the link that sets a password: shown only now."""

    user = UserSerializer(read_only=True)
    link = serializers.CharField(read_only=True)


class WhySerializer(serializers.Serializer):
    """An act that asks why."""

    reason = serializers.CharField(max_length=500)


class EndTokensSerializer(serializers.Serializer):
    """Which tokens; without any, all that still work."""

    tokens = serializers.ListField(
        child=serializers.IntegerField(**KEY), max_length=1000, allow_null=True, default=None
    )


class TokenSerializer(serializers.ModelSerializer):
    """A token, without the token itself."""

    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)
    networks = serializers.ListField(child=serializers.CharField(), read_only=True)
    service = serializers.IntegerField(source="service_key", read_only=True, allow_null=True)

    class Meta:
        model = ApiToken
        fields = (
            "id",
            "name",
            "prefix",
            "scopes",
            "unit",
            "service",
            "networks",
            "created_at",
            "expires_at",
            "last_used_at",
            "last_used_address",
            "revoked_at",
        )
        read_only_fields = fields


class TokenWriteSerializer(serializers.Serializer):
    """What a token is for, and how little it needs."""

    name = serializers.CharField(max_length=100)
    days = serializers.IntegerField(min_value=1, max_value=365, default=90)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(SCOPES)), allow_empty=False, max_length=10
    )
    unit = serializers.SlugField(required=False, allow_null=True, default=None, max_length=60)
    service = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="id of a service's row",
        **KEY,
    )  # fmt: skip
    networks = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, default=list, max_length=50
    )


class TokenMadeSerializer(TokenSerializer):
    """A new token, with its text: shown only now."""

    token = serializers.CharField(read_only=True)

    class Meta:
        model = ApiToken
        fields = (*TokenSerializer.Meta.fields, "token")
        read_only_fields = fields


class SessionSerializer(serializers.ModelSerializer):
    """Where somebody is signed in."""

    address = serializers.CharField(source="ip", read_only=True)
    here = serializers.SerializerMethodField(help_text="whether this request came with it")

    class Meta:
        model = UserSession
        fields = ("id", "address", "user_agent", "created_at", "last_seen_at", "here")
        read_only_fields = fields

    def get_here(self, session: UserSession) -> bool:
        """Compared by its key, which is not shown."""
        return bool(session.session_key == self.context["request"].session.session_key)


class AccountSerializer(serializers.ModelSerializer):
    """Whoever asks: name, roles, and the scopes of the token that asked."""

    grants = GrantSerializer(source="grant_list", many=True, read_only=True)
    scopes = serializers.SerializerMethodField(help_text="of the token; null for a session")

    class Meta:
        model = User
        fields = ("id", "username", "email", "grants", "scopes")
        read_only_fields = fields

    def get_scopes(self, user: User) -> list[str] | None:
        """What the token was made for."""
        return list(user.token.scopes) if user.token else None
