"""What a reader is told beside the events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .events import SessionEvent
from .position import Position


@dataclass(frozen=True)
class ConnectionState:
    """The state of the reader's connection. `attempt`: failures since the last event. `retry_in`: seconds."""

    state: Literal["connecting", "open", "waiting", "closed"]
    attempt: int
    retry_in: float | None = None
    code: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Opened:
    """The first message of a connection. Events follow from `position.offset` + 1."""

    position: Position
    recovered: bool
    message: dict[str, Any]


@dataclass(frozen=True)
class HistoryGap:
    """The service no longer has what is between the two positions."""

    start: Position
    end: Position


@dataclass(frozen=True)
class UpstreamGap:
    """Nothing reached the service from TikTok for this time."""

    milliseconds: int
    event: SessionEvent


@dataclass(frozen=True)
class NewEpoch:
    """The event log of the session began anew."""

    before: str
    now: str


Notice = ConnectionState | Opened | HistoryGap | UpstreamGap | NewEpoch
