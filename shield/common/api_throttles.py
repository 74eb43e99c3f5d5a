"""Rate limits: per token or user, per person with all of theirs, and per address for whoever is not signed in.

Windows of one minute in the shared cache. A process counts on its own and tells the cache only every
so often (at most a fiftieth of the limit), so that a request does not cost a write; with p processes
a limit is exact to p fiftieths. Settings: SHIELD_RATE_CALLER, SHIELD_RATE_PERSON, SHIELD_RATE_ADDRESS
(requests a minute; 0 is no limit) and SHIELD_PROXIES (how many proxies stand before the server).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:  # the views import this module through the settings
    from rest_framework.views import APIView

WINDOW_S: Final = 60


@dataclass(slots=True)
class Counter:
    """Requests of this minute by caller, in all processes together."""

    clock: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _minute: int = 0
    _untold: dict[str, int] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)

    def hit(self, who: str, limit: int) -> bool:
        """Count one request; False when it is above the limit."""
        minute = int(self.clock() // WINDOW_S)
        every = max(1, limit // 50)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._untold, self._told = {}, {}
            untold = self._untold.get(who, 0) + 1
            if untold >= every or who not in self._told:
                self._told[who] = self._tell(f"rate:{minute}:{who}", untold)
                untold = 0
            self._untold[who] = untold
            return self._told[who] + untold <= limit

    def wait(self) -> int:
        """Seconds until the next minute begins."""
        return max(1, WINDOW_S - int(self.clock()) % WINDOW_S)

    def _tell(self, key: str, count: int) -> int:
        cache.add(key, 0, timeout=2 * WINDOW_S)
        try:
            return int(cache.incr(key, count))
        except ValueError:  # it was evicted in between: begin again
            cache.set(key, count, timeout=2 * WINDOW_S)
            return count


COUNTER: Final = Counter()


class CallerThrottle(BaseThrottle):
    """So many requests a minute of one token or user, and more of one person by all tokens together; or of
    one address that nobody signed in from."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """False: 429 with Retry-After."""
        if request.user is None or not request.user.is_authenticated:
            return self.allow_address(request)
        token = getattr(request.auth, "pk", None)
        who = f"token:{token}" if token is not None else f"user:{request.user.pk}"
        limits = {who: settings.RATE_CALLER, f"person:{request.user.pk}": settings.RATE_PERSON}
        return all(not limit or COUNTER.hit(each, limit) for each, limit in limits.items())

    def allow_address(self, request: Request) -> bool:
        """The same for the address that the request came from."""
        limit: int = settings.RATE_ADDRESS
        return not limit or COUNTER.hit(f"address:{self.get_ident(request)}"[:200], limit)

    def wait(self) -> float | None:
        """Seconds for Retry-After."""
        return float(COUNTER.wait())
