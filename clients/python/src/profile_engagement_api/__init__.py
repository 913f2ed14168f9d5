"""Follows TikTok LIVE rooms through a profile-api service: every event once, in order, also after a lost connection."""

from .aio import AsyncClient, AsyncLiveEvents
from .client import Client
from .errors import ApiError, CloseError
from .events import Event
from .live import LiveEvents
from .notices import ConnectionState, HistoryGap, NewEpoch, Notice, Opened, UpstreamGap
from .position import Position

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncLiveEvents",
    "Client",
    "CloseError",
    "ConnectionState",
    "Event",
    "HistoryGap",
    "LiveEvents",
    "NewEpoch",
    "Notice",
    "Opened",
    "Position",
    "UpstreamGap",
]
