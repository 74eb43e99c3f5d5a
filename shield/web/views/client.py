"""The one-file client for pipelines, as this server offers it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View


@cache
def client_text() -> bytes:
    """The file's bytes."""
    return (files("shield.client") / "shield_ci.py").read_bytes()


def client_sha256() -> str:
    """Its digest, so that a pipeline can pin it."""
    return hashlib.sha256(client_text()).hexdigest()


@method_decorator(login_not_required, name="dispatch")
class ClientFile(View):
    """`curl -sSf -O …/client/shield_ci.py`: open to everybody, as it holds no secret."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The file, with its digest beside it."""
        answer = HttpResponse(client_text(), content_type="text/x-python; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="shield_ci.py"'
        answer["Repr-Digest"] = f"sha-256=:{_base64(client_sha256())}:"
        answer["ETag"] = f'"{client_sha256()[:32]}"'
        return answer


@method_decorator(login_not_required, name="dispatch")
class ClientDigest(View):
    """What `sha256sum -c` reads."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One line: digest and name."""
        return HttpResponse(f"{client_sha256()}  shield_ci.py\n", content_type="text/plain")


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()
