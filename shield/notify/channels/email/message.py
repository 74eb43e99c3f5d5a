"""The mail itself: text and HTML, headers that cannot be broken out of, and a way to stop it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import ngettext

from shield.accounts.models import User
from shield.notify.links import absolute, unsubscribe_url
from shield.notify.models import Delivery, Notification
from shield.notify.wording import plain, subject, title


def compose(
    person: User, rows: Sequence[Notification], *, delivery: Delivery
) -> EmailMultiAlternatives:
    """One mail to one person: about one message, or a digest of several.

    The Message-ID is the delivery's, so that a copy after a crash is known as one; mails about the
    same object are one thread.
    """
    lines = [
        {
            "title": plain(title(row)),
            "service": plain(row.service_text),
            "kind": row.get_kind_display(),
            "url": absolute(row.url),
            "at": row.at,
            "critical": row.critical,
        }
        for row in rows
    ]
    stop = unsubscribe_url(person, rows[0].kind if len(rows) == 1 else "")
    context = {
        "lines": lines,
        "person": plain(person.get_username()),
        "unsubscribe": stop,
        "preferences": absolute("/account/notifications/"),
        "digest": delivery.bundled,
    }
    message = EmailMultiAlternatives(
        subject=_subject(rows),
        body=render_to_string("notify/email/message.txt", context),
        to=[person.email],
        headers=_headers(rows, delivery, stop),
    )
    message.attach_alternative(render_to_string("notify/email/message.html", context), "text/html")
    return message


def _subject(rows: Sequence[Notification]) -> str:
    if len(rows) == 1:
        return subject(rows[0])
    return ngettext(
        "%(count)s message from Shield", "%(count)s messages from Shield", len(rows)
    ) % {"count": len(rows)}


def _headers(rows: Sequence[Notification], delivery: Delivery, stop: str) -> dict[str, str]:
    host = urlsplit(settings.SHIELD_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{delivery.pk}@{host}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if len(rows) == 1:
        kind, key = rows[0].object_type, "".join(c for c in rows[0].object_id if c.isalnum())
        headers["References"] = headers["In-Reply-To"] = f"<{kind}.{key}@{host}>"
    return headers
