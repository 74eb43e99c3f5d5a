"""`Idempotency-Key`: a POST that is sent again is executed once and answered twice.

Every view of the API has it through `Acts`; nothing has to be done for it. The key, the answer and
everything that the handler writes are one transaction:

* the same key with the same request gets the stored answer, marked `Idempotent-Replayed: true`;
* the same key with another request is refused (422);
* two at the same time: the second one waits for the first one's commit (the key is unique), then
  gets its answer;
* a worker that is killed in the middle leaves neither the change nor the key behind.

Only an answer of success is kept, for 24 hours: a refused request has changed nothing, and its key
stays free. Keys belong to one token, or to one user's sessions. A view whose answer holds a secret
that is shown once names the action in `secret_answers`: its answer is not kept, and sending it again
is a Conflict.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, Final

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from shield.common.api_parsers import TooLarge
from shield.common.errors import Conflict, InvalidInput
from shield.common.models import StoredAnswer

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
KEPT: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_HEADERS: Final = ("Location", "ETag")

Handler = Callable[..., HttpResponseBase]


class Once:
    """Mixin of views; see the module."""

    secret_answers: ClassVar[Collection[str]] = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """After permissions and limits: a POST with a key goes through `_once`."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        key = request.headers.get(HEADER)
        if request.method == "POST" and key is not None and request.user.is_authenticated:
            handler: Handler | None = getattr(self, "post", None)
            if handler is not None:
                # Not an attribute of the class: each view's own `post` keeps its own signature.
                setattr(self, "post", partial(self._once, handler, key))  # noqa: B010

    def _once(
        self, handler: Handler, key: str, request: Request, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        if not _KEY.fullmatch(key):
            raise InvalidInput(
                "idempotency.key",
                f"{HEADER} must be 1 to 255 visible ASCII characters.",
                "Send a random UUID for each request that you may have to repeat.",
            )
        owner, wanted = caller(request), fingerprint(request)
        with transaction.atomic():
            StoredAnswer.objects.filter(
                caller=owner, key=key, made_at__lt=timezone.now() - KEPT
            ).delete()
            try:
                with transaction.atomic():
                    answer = StoredAnswer.objects.create(
                        caller=owner, key=key, request_sha256=wanted
                    )
            except IntegrityError:
                return _replay(StoredAnswer.objects.get(caller=owner, key=key), wanted)
            response = handler(request, *args, **kwargs)
            secret = getattr(self, "action", request.method) in self.secret_answers
            _keep(answer, response, secret=secret)
        return response


def caller(request: Request) -> str:
    """Whose key it is: the token's, or the user's own sessions'."""
    token = getattr(request.auth, "pk", None)
    return f"token {token}" if token is not None else f"user {request.user.pk}"


def fingerprint(request: Request) -> str:
    """SHA-256 of method, address and body; of a form its fields and the digests of its files."""
    found = hashlib.sha256()
    content_type = (request.content_type or "").split(";")[0].strip().lower()
    for part in (request.method or "", request.get_full_path(), content_type):
        found.update(part.encode() + b"\0")
    if content_type.startswith("multipart/"):  # its boundary is another one each time
        if not any(parser.media_type == content_type for parser in request.parsers):
            raise UnsupportedMediaType(content_type)  # before Django keeps its files
        for name, values in sorted(request.POST.lists()):
            found.update(repr((name, values)).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                digest = hashlib.sha256()
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
                found.update(repr((name, file.name, digest.hexdigest())).encode())
        return found.hexdigest()
    try:
        found.update(request._request.body)
    except RequestDataTooBig as error:
        raise TooLarge from error
    return found.hexdigest()


def _keep(answer: StoredAnswer, response: Any, *, secret: bool) -> None:  # noqa: ANN401
    """Complete the claim with the answer; a refusal frees the key."""
    if response.status_code >= 400:
        answer.delete()
        return
    answer.status = response.status_code
    if not secret:
        answer.headers = {name: response[name] for name in _HEADERS if name in response}
        answer.content_type, answer.body = _rendered(response)
    answer.is_secret = secret
    answer.save()


def _rendered(response: Any) -> tuple[str, bytes]:  # noqa: ANN401
    if isinstance(response, Response):
        body = JSONRenderer().render(response.data) if response.data is not None else b""
        return "application/json", body
    return response.get("Content-Type", ""), response.content


def _replay(answer: StoredAnswer, wanted: str) -> HttpResponse:
    if answer.request_sha256 != wanted:
        raise InvalidInput(
            "idempotency.other_request",
            f"This {HEADER} was used for another request.",
            "Use a new key for a new request; repeat one with the same body.",
        )
    if answer.is_secret:
        raise Conflict(
            "idempotency.shown_once",
            "This request was executed before; its answer held a secret that is shown once.",
            "If the secret was lost, revoke it and make another one with a new key.",
        )
    response = HttpResponse(
        bytes(answer.body), status=answer.status, content_type=answer.content_type
    )
    for name, value in {**answer.headers, REPLAYED: "true"}.items():
        response[name] = value
    return response


def answers_sweep() -> int:
    """Forget answers that are older than a day; how many."""
    return StoredAnswer.objects.filter(made_at__lt=timezone.now() - KEPT).delete()[0]
