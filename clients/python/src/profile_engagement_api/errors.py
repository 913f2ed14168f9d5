"""What goes wrong, and what a client does about it."""

from __future__ import annotations

import json
from email.message import Message
from typing import Any

LOST = 1006
BAD_CREDENTIALS = 4001
UNKNOWN_SESSION = 4004
TOO_SLOW = 4008

# After these a new try would end in the same way (docs/api.md, "Close codes").
FINAL = frozenset({1000, 1002, 1003, 1007, 1008, 1009, 1010, BAD_CREDENTIALS, 4003, UNKNOWN_SESSION})


class ApiError(Exception):
    """An answer with a status of 400 or more. `status` 0 and `code` NETWORK_ERROR: there was no answer."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "NETWORK_ERROR",
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
        correlation_id: str | None = None,
        body: object = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.details = details
        self.retry_after = retry_after
        self.correlation_id = correlation_id
        self.body = body


class CloseError(Exception):
    """The service closed the connection for a reason that no new try changes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"closed with {code}: {reason}" if reason else f"closed with {code}")
        self.code = code
        self.reason = reason


class Ended(Exception):
    """A WebSocket ended with this close code; whether for good, the follower decides."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def error_of_answer(status: int, headers: Message, text: bytes) -> ApiError:
    """The error of an answer whose body has the service's error shape, or any other."""
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None  # not the service's own answer: a proxy's page, for example
    body: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
    after = headers.get("Retry-After") or ""
    return ApiError(
        body.get("message", f"HTTP status {status}"),
        status=status,
        code=body.get("error", "HTTP_ERROR"),
        details=body.get("details"),
        retry_after=int(after) if after.isdigit() else body.get("retry_after"),
        correlation_id=body.get("correlation_id") or headers.get("X-Correlation-ID"),
        body=parsed,
    )


def code_of_status(status: int) -> int:
    """The close code that means the same as an HTTP status."""
    known = {0: LOST, 401: BAD_CREDENTIALS, 403: 4003, 404: UNKNOWN_SESSION, 408: 1001, 429: 4029, 503: 1001}
    return known.get(status, 1011 if status >= 500 else 1008)
