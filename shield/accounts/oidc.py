"""Signing in through the organisation's identity provider (OpenID Connect, code flow with PKCE).

An account is linked by issuer and subject, never by an e-mail address or a name. What somebody may do
comes from the provider's groups by `SHIELD_OIDC_GRANTS`, anew at each sign-in; whoever arrives for the
first time, in no mapped group, has an account and no grant.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

import jwt
import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.socialaccount.signals import social_account_added
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from shield.accounts.events import about
from shield.accounts.mapping import grants_follow_groups
from shield.accounts.models import User
from shield.accounts.recent import ask_again
from shield.common.texts import has_hidden_characters

log = structlog.get_logger(__name__)

PROVIDER: Final = "oidc"
NONCE: Final = "shield_oidc_nonce"
SKEW_S: Final = 60  # that the clocks of provider and server may differ
SIGNED_WITH: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
                                "ES384", "EdDSA"})  # fmt: skip


def is_configured() -> bool:
    """Whether the settings name a provider."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


class TokenVerifier(OpenIDConnectOAuth2Adapter):
    """Believes an ID token only with signature, issuer, audience, time and our own nonce."""

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("oidc-callback"))

    def complete_login(
        self,
        request: HttpRequest,
        app: SocialApp,
        token: SocialToken,
        **kwargs: Any,  # noqa: ANN401
    ) -> SocialLogin:
        """The login; the user information counts only when it is of the token's subject."""
        written = kwargs["response"].get("id_token")
        if not written:
            raise OAuth2Error("no ID token")
        claims = self._decode_id_token(app, written)
        nonce = request.session.pop(NONCE, None)
        if not nonce or not secrets.compare_digest(str(claims.get("nonce")), nonce):
            raise OAuth2Error("the nonce is not the one of this sign-in")
        info = (
            self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
        )
        if info and info.get("sub") != claims["sub"]:
            raise OAuth2Error("user information of another subject")
        facts = {"userinfo": {**claims, **info}, "id_token": claims}
        return self.get_provider().sociallogin_from_response(request, facts)

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        if self.openid_config.get("issuer", "").rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
            raise OAuth2Error("the provider calls itself by another name")
        try:
            header = jwt.get_unverified_header(id_token)
            if header.get("alg") not in SIGNED_WITH:
                raise OAuth2Error("the ID token is not signed")
            claims: dict[str, Any] = jwt.decode(
                id_token,
                self._key(header.get("kid")),
                algorithms=[header["alg"]],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=SKEW_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"the ID token is not to be believed: {error}") from error
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("the ID token was made for another")
        return claims

    def _key(self, kid: str | None) -> jwt.PyJWK:
        """The provider's key of that name; without a name, its only one."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = [
            key
            for key in jwt.PyJWKSet.from_dict(answer.json()).keys
            if key.public_key_use in (None, "sig") and kid in (None, key.key_id)
        ]
        if len(keys) != 1:
            raise OAuth2Error("the provider has no such key")
        return keys[0]


class WholeLogin(SocialLogin):
    """A login that links accounts in one transaction with the event and the grants of it."""

    @transaction.atomic
    def connect(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Link; `linked` writes it down."""
        super().connect(request, user)


class OIDCProvider(OpenIDConnectProvider):
    """The one provider of the settings, with a nonce of ours in every request."""

    oauth2_adapter_class = TokenVerifier

    def sociallogin_from_response(
        self, request: HttpRequest, response: dict[str, Any]
    ) -> SocialLogin:
        """What the provider said, as a login of ours."""
        found = super().sociallogin_from_response(request, response)
        return WholeLogin(user=found.user, account=found.account, provider=self)

    def extract_uid(self, data: Mapping[str, Any]) -> str:
        """Issuer and subject in one: the same subject at another provider is somebody else."""
        claims = data["id_token"]
        told = f"{claims['iss']}\n{claims['sub']}"
        return hashlib.sha256(told.encode()).hexdigest()

    def extract_extra_data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept of all the claims: who it is there, and the groups of this sign-in."""
        claims = data["userinfo"]
        return {"iss": data["id_token"]["iss"], "sub": claims["sub"], "groups": groups_of(claims)}

    def get_callback_url(self) -> str:
        return reverse("oidc-callback")

    def get_login_url(self, request: HttpRequest, **kwargs: object) -> str:
        return reverse("oidc-login")

    def redirect(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """To the provider."""
        request.session[NONCE] = secrets.token_urlsafe(24)
        kwargs["scope"] = self.get_scope()
        kwargs["auth_params"] = self.get_auth_params() | {"nonce": request.session[NONCE]}
        response: HttpResponse = super().redirect(request, *args, **kwargs)
        return response


provider_classes = [OIDCProvider]


class OIDCAdapter(DefaultSocialAccountAdapter):
    """What happens with people who come from the provider."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one of the settings; rows of the database make nobody a provider."""
        if not is_configured() or provider not in (None, PROVIDER, OIDCProvider.id):
            return []
        app = SocialApp(
            provider=OIDCProvider.id,
            provider_id=PROVIDER,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"server_url": settings.OIDC_ISSUER},
        )
        return [app]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whoever the provider lets in has an account here; grants are another matter."""
        return True

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: Mapping[str, Any]
    ) -> User:
        """Name and address as the provider says, when they are readable and nobody else's."""
        clean = {key: _readable(value) for key, value in data.items()}
        user: User = super().populate_user(request, sociallogin, clean)
        return user

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: object = None
    ) -> User:
        """A new account, made just in time, with the grants of its groups and no others."""
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            about(user.get_username(), "user.create", user, after={"by": "oidc"})
            follow(user, sociallogin)
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Somebody who was switched off stays out; the grants of all others follow their groups."""
        sociallogin.email_addresses = []  # no address decides anything here
        if not sociallogin.is_existing:
            return
        if not sociallogin.user.is_active:
            messages.error(request, _("This account cannot sign in. Ask an administrator."))
            raise ImmediateHttpResponse(redirect("login"))
        follow(sociallogin.user, sociallogin)

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: object) -> str:
        return reverse("account")

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,
        error: object = None,
        exception: Exception | None = None,
        extra_context: object = None,
    ) -> None:
        """Back to the login page with a sentence; what went wrong in detail is in the log."""
        log.warning("oidc_refused", error=str(error), reason=str(exception))
        messages.error(request, _("The identity provider's answer could not be used. Try again."))
        raise ImmediateHttpResponse(redirect("login"))


def _readable(value: object) -> object:
    """A text without what nobody sees; anything else as it is."""
    if isinstance(value, str) and (has_hidden_characters(value) or len(value) > 150):
        return ""
    return value


def groups_of(claims: Mapping[str, Any]) -> list[str]:
    """The person's groups at the provider; a claim of another shape is none."""
    found = claims.get(settings.OIDC_GROUPS_CLAIM, [])
    if isinstance(found, str):
        return found.split()
    return [each for each in found if isinstance(each, str)] if isinstance(found, Iterable) else []


def follow(user: User, sociallogin: SocialLogin) -> None:
    """Let the grants of a person follow what the provider said just now."""
    grants_follow_groups(user=user, groups=sociallogin.account.extra_data["groups"])


@receiver(social_account_added)
def linked(request: HttpRequest, sociallogin: SocialLogin, **_kwargs: object) -> None:
    """Somebody who is signed in has linked the own account to the provider's."""
    user: User = sociallogin.user
    about(user.get_username(), "user.link", user, after={"by": "oidc"})
    follow(user, sociallogin)


@login_not_required
def login(request: HttpRequest) -> HttpResponse:
    """To the provider, and back to `next` here afterwards; signed in, to link the own account."""
    process = request.GET.get("process", "login")
    if not is_configured() or process not in ("login", "connect"):
        raise Http404
    if process == "connect" and (asked := ask_again(request)) is not None:
        return asked
    view = OAuth2LoginView.adapter_view(TokenVerifier(request, PROVIDER))
    response: HttpResponse = view(request)
    return response


@login_not_required
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider."""
    if not is_configured():
        raise Http404
    view = OAuth2CallbackView.adapter_view(TokenVerifier(request, PROVIDER))
    response: HttpResponse = view(request)
    return response
