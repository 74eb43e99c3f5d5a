"""Text that people wrote, with what would deceive the eye made visible.

A bidirectional control turns "yes" round after the fact ("Trojan Source"); an invisible one hides.
Both are shown by their number, so that what one reads is what is there.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

# Embeddings, overrides, isolates, marks; zero-width space and no-break space of width zero.
_CONTROLS: Final = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def marked(text: object) -> SafeString:
    """The text, escaped, its line breaks kept, each control character as a mark with its number."""
    escaped = str(escape(str(text))).replace("\r\n", "\n").replace("\n", "<br>")
    return mark_safe(_CONTROLS.sub(_mark, escaped))  # noqa: S308  (escaped above)


def _mark(match: re.Match[str]) -> str:
    number = f"U+{ord(match[0]):04X}"
    title = _("An invisible control character that changes how text is read")
    return str(format_html('<span class="control-mark" title="{}">{}</span>', title, number))
