"""The journal of security: who came in, who was refused, which keys changed. One line each on the
site's log, with ids and the network address, never a secret and never what was typed."""

from typing import Any

import structlog
from flask import g, has_request_context, request

_log = structlog.get_logger("security")


def note(what: str, *, user_id: int | None, **more: Any) -> None:
    """Write `security.<what>`."""
    if has_request_context():
        more |= {"address": request.remote_addr, "request_id": g.get("request_id")}
    _log.info(f"security.{what}", user_id=user_id, **more)
