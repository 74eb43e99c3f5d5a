"""Signing in, the own account, people and units.

Views of the library that signs people in keep the names that the library knows them by.
"""

from __future__ import annotations

from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from shield.accounts import oidc
from shield.accounts.recent import recent_sign_in as recent
from shield.accounts.views import account, people, security, sign_in, units

urlpatterns = [
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("login/", sign_in.SignIn.as_view(), name="account_login"),
    path("login/second-factor/", sign_in.SecondFactor.as_view(), name="mfa_authenticate"),
    path("login/oidc/", oidc.login, name="oidc-login"),
    path("login/oidc/callback/", oidc.callback, name="oidc-callback"),
    path("logout/", sign_in.SignOut.as_view(), name="logout"),
    path("logout/", sign_in.SignOut.as_view(), name="account_logout"),
    path("invitations/<str:uidb64>/<str:token>/", sign_in.Invitation.as_view(), name="invitation"),
    path("account/", account.AccountPage.as_view(), name="account"),
    path("account/password/", account.PasswordPage.as_view(), name="account_change_password"),
    path("account/sessions/", account.SessionsPage.as_view(), name="account-sessions"),
    path("account/tokens/", account.TokensPage.as_view(), name="account-tokens"),
    path("account/tokens/<int:pk>/end/", account.TokenRevoke.as_view(), name="account-token-end"),
    path("account/again/", sign_in.Again.as_view(), name="account_reauthenticate"),
    path("account/again/code/", sign_in.AgainByCode.as_view(), name="mfa_reauthenticate"),
    path(
        "account/again/passkey/",
        webauthn.ReauthenticateWebAuthnView.as_view(template_name="accounts/again_passkey.html"),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/security/", security.SecurityPage.as_view(), name="mfa_index"),
    path(
        "account/security/app/",
        recent(totp.ActivateTOTPView.as_view(template_name="accounts/app_add.html")),
        name="mfa_activate_totp",
    ),
    path(
        "account/security/app/remove/",
        recent(security.AppRemove.as_view()),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/security/passkeys/new/",
        recent(security.PasskeyAdd.as_view()),
        name="mfa_add_webauthn",
    ),
    path(
        "account/security/passkeys/<int:pk>/remove/",
        recent(security.PasskeyRemove.as_view()),
        name="mfa_remove_webauthn",
    ),
    path(
        "account/security/codes/",
        codes.ViewRecoveryCodesView.as_view(template_name="accounts/codes.html"),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/security/codes/new/",
        recent(codes.GenerateRecoveryCodesView.as_view(template_name="accounts/codes_new.html")),
        name="mfa_generate_recovery_codes",
    ),
    path("people/", people.PeopleList.as_view(), name="person-list"),
    path("people/new/", people.PersonNew.as_view(), name="person-new"),
    path("people/<int:pk>/", people.PersonPage.as_view(), name="person-detail"),
    path("people/<int:pk>/grants/", people.GrantNew.as_view(), name="person-grant"),
    path("people/<int:pk>/off/", people.PersonSwitchOff.as_view(), name="person-off"),
    path("people/<int:pk>/on/", people.PersonSwitchOn.as_view(), name="person-on"),
    path("people/<int:pk>/invite/", people.PersonInvite.as_view(), name="person-invite"),
    path("people/<int:pk>/factors/", people.PersonFactors.as_view(), name="person-factors"),
    path("people/<int:pk>/sign-out/", people.PersonSignOut.as_view(), name="person-sign-out"),
    path("people/grants/<int:pk>/end/", people.GrantEnd.as_view(), name="grant-end"),
    path(
        "people/tokens/<int:pk>/end/", people.PersonTokenRevoke.as_view(), name="person-token-end"
    ),
    path("units/", units.UnitList.as_view(), name="unit-list"),
    path("units/<slug:slug>/name/", units.UnitRename.as_view(), name="unit-rename"),
]
