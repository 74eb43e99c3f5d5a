"""How people sign in: passwords, second factors, an identity provider, sessions, lock-out."""

from __future__ import annotations

from datetime import timedelta

from shield.settings.env import env

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = ["shield.accounts.backends.PasswordBackend"]

# Long, and not what everybody or the person's own name suggests; no forced mixtures and no forced
# changes (NIST SP 800-63B-4, section 3.1.1.2).
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "shield.accounts.passwords.NotAVariationValidator"},
]
PASSWORD_RESET_TIMEOUT = env.int("INVITATION_HOURS", default=72) * 3600  # links that set a password

# Sessions end after a pause and, whatever happens, at the end of a working day.
SESSION_IDLE = timedelta(minutes=env.int("SESSION_IDLE_MINUTES", default=30))
SESSION_LONGEST = timedelta(hours=env.int("SESSION_HOURS", default=8))
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
SESSION_NO_ACTIVITY = frozenset(  # pages ask these by themselves
    {"run-live", "policy-change-live", "policy-exception-live", "notification-bell"}
)

# Proxies before the server that each append the address they saw to X-Forwarded-For.
TRUSTED_PROXIES = env.int("PROXIES", default=0)

# Failed sign-ins within the window until the door is closed, and for how long.
LOCKOUT_ACCOUNT = env.int("LOCKOUT_ACCOUNT", default=10)
LOCKOUT_ADDRESS = env.int("LOCKOUT_ADDRESS", default=50)
LOCKOUT_WINDOW = timedelta(minutes=env.int("LOCKOUT_WINDOW_MINUTES", default=15))
LOCKOUT_FOR = timedelta(minutes=env.int("LOCKOUT_MINUTES", default=15))

# Roles whose holders must have a second factor before they see anything.
SECOND_FACTOR_ROLES = frozenset(env.list("SECOND_FACTOR_ROLES", default=[]))

TOKENS_PER_PERSON = env.int("TOKENS_PER_PERSON", default=100)  # that work at the same time

LOCAL_LOGIN = env.bool("LOCAL_LOGIN", default=True)  # by user name and password
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")  # https://id.example.org; empty: none
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="single sign-on")  # "Sign in with …"
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
# Group at the provider → grants here: {"ai-risk": ["risk_officer"], "retail-ml": ["engineer@retail"]}
OIDC_GRANTS = env.json("OIDC_GRANTS", default={})

# `/metrics` without a token for whoever asks from this machine. Off behind a proxy: it speaks for others.
METRICS_FROM_LOOPBACK = env.bool("METRICS_FROM_LOOPBACK", default=True)

# django-allauth: the mechanics of signing in; the rules above are applied by shield.accounts.
ACCOUNT_ADAPTER = "shield.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # the cookie goes when the browser closes
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # other sessions end by their hash; this one stays
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = env.int("REAUTHENTICATION_MINUTES", default=10) * 60
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key",
}  # the rest: shield.accounts.lockout
ACCOUNT_FORMS = {
    "login": "shield.accounts.forms.LoginForm",
    "change_password": "shield.accounts.forms.PasswordForm",
}
MFA_ADAPTER = "shield.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Shield"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s that a clock may be off
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "shield.accounts.forms.CodeForm",
    "reauthenticate": "shield.accounts.forms.CodeAgainForm",
}
SOCIALACCOUNT_ADAPTER = "shield.accounts.oidc.OIDCAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an e-mail address is no proof of who somebody is
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "provider_class": "shield.accounts.oidc.OIDCProvider",
    }
}
