"""What a person meets once they are in: where they were going, or what they had typed."""

import json
from typing import cast

from flask import redirect
from flask.typing import ResponseReturnValue

from exchange import web
from exchange.i18n import gettext as _


def arrive(target: str | None, kept: str | None, kept_to: str | None) -> ResponseReturnValue:
    """Where they were going, or what was typed before the session ended, to be sent."""
    fields = typed(kept)
    if not fields:
        return redirect(web.safe_path(target), code=303)
    return cast(
        ResponseReturnValue,
        web.resume_page(
            _("Vous êtes connecté. Voici ce que vous aviez écrit : relisez, puis envoyez."),
            fields,
            web.safe_path(kept_to),
            status=200,
        ),
    )


def typed(text: str | None) -> list[tuple[str, str]]:
    """What the hidden field holds; nothing when it is not what this site wrote there."""
    try:
        pairs = json.loads(text or "[]")
        return [(name, value) for name, value in pairs if isinstance(name + value, str)]
    except (ValueError, TypeError, RecursionError):
        return []
