"""The rules by which a reader resumes, without I/O: messages and ends of connections in, events and pauses out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from .errors import BAD_CREDENTIALS, FINAL, TOO_SLOW, UNKNOWN_SESSION, CloseError
from .events import Event, EventType, SessionEvent
from .notices import ConnectionState, HistoryGap, NewEpoch, Notice, Opened, UpstreamGap
from .position import Position

Start = Literal["now", "earliest"] | Position


class BackOff:
    """How long to wait before a try: it doubles up to a cap, and chance takes up to half of it away."""

    def __init__(self, first: float = 0.5, cap: float = 30.0, chance: Callable[[], float] = random.random) -> None:
        self.failures = 0
        self._first, self._cap, self._chance = first, cap, chance

    def next(self, at_least: float = 0.0) -> float:
        full = min(self._cap, self._first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return max(at_least, full * (1 - self._chance() / 2))

    def reset(self) -> None:
        self.failures = 0


@dataclass(frozen=True)
class Options:
    """How to follow a session.

    `start`: with what happens from now on, with the oldest kept event, or behind a position.
    `after_loss`: where to go on if the position is of another epoch or no longer kept.
    `wait_for_session`: try again where the session is not known yet. Times are seconds.
    """

    types: Sequence[EventType] = ()
    user: str | None = None
    contains: str | None = None
    start: Start = "now"
    after_loss: Literal["live", "earliest"] = "live"
    wait_for_session: bool = False
    connect_timeout: float = 15.0
    back_off_first: float = 0.5
    back_off_cap: float = 30.0

    def filters(self) -> dict[str, str]:
        query: dict[str, str] = {}
        if self.types:
            query["types"] = ",".join(self.types)
        if self.user is not None:
            query["user"] = self.user
        if self.contains is not None:
            query["contains"] = self.contains
        return query


@dataclass(frozen=True)
class Taken:
    """What a message brought. `reopen`: leave this connection and open another."""

    events: list[Event]
    reopen: bool = False


class Follower:
    def __init__(self, options: Options, notify: Callable[[Notice], None]) -> None:
        self.options = options
        self.received = options.start if isinstance(options.start, Position) else None
        self.silence = options.connect_timeout  # seconds without a byte after which a connection is dead
        self.back_off = BackOff(options.back_off_first, options.back_off_cap)
        self._notify = notify
        self._replaying = False
        self._refusals = 0

    def query(self) -> dict[str, str]:
        """The parameters of the next connection."""
        self.silence = self.options.connect_timeout
        self._notify(ConnectionState("connecting", self.back_off.failures))
        query = self.options.filters()
        if self._replaying or (self.received is None and self.options.start == "earliest"):
            query["after"] = "0"
        elif self.received is not None:
            query["after"] = str(self.received.offset)
            if self.received.offset > 0:
                query["epoch"] = self.received.epoch
        return query

    def take(self, message: Any) -> Taken:
        """Takes the `connected` message, an event, or a list of events."""
        if isinstance(message, list):
            return Taken([event for one in message for event in self._event(one)])
        if message.get("type") == "connected" and "id" not in message:
            return Taken([], reopen=self._hello(message))
        return Taken(self._event(message))

    def _hello(self, hello: dict[str, Any]) -> bool:
        self._refusals = 0
        self.silence = 2 * float(hello.get("keepalive_seconds", 25)) + 5
        now, before = Position.of(hello), self.received
        same_log = before is not None and before.epoch == now.epoch
        recovered = bool(hello["recovered"])
        if before is not None and not same_log:
            self._notify(NewEpoch(before.epoch, now.epoch))
        if before is not None and not recovered:
            self._notify(HistoryGap(before, now))
            if self.options.after_loss == "earliest" and not self._replaying:
                self._replaying = True
                if not same_log or before.offset > now.offset:
                    self.received = Position(0, now.epoch)
                return True
        if not same_log or not (recovered or self._replaying):
            self.received = now
        self._replaying = False
        self._notify(ConnectionState("open", self.back_off.failures))
        self._notify(Opened(now, recovered, hello))
        return False

    def _event(self, event: dict[str, Any]) -> list[Event]:
        at, before = Position.of(event), self.received
        if before is not None and before.epoch == at.epoch and at.offset <= before.offset:
            return []
        if before is not None and before.epoch != at.epoch:
            self._notify(NewEpoch(before.epoch, at.epoch))
        self.received = at
        self.back_off.reset()
        if event["type"] == "session" and event.get("gap_ms", 0) > 0:
            self._notify(UpstreamGap(event["gap_ms"], cast(SessionEvent, event)))
        return [cast(Event, event)]

    def closed(self, code: int, reason: str, *, retry_after: float | None = None, renewable: bool = False) -> float:
        """Returns the seconds until the next try, or raises what ends it."""
        renewed = code == BAD_CREDENTIALS and renewable and self._refusals < 2
        self._refusals += renewed
        awaited = code == UNKNOWN_SESSION and self.options.wait_for_session
        if code in FINAL and not renewed and not awaited:
            self._notify(ConnectionState("closed", self.back_off.failures, code=code, reason=reason))
            raise CloseError(code, reason)
        least = retry_after if retry_after is not None else 1.0 if code == TOO_SLOW else 0.0
        pause = self.back_off.next(least)
        self._notify(ConnectionState("waiting", self.back_off.failures, retry_in=pause, code=code, reason=reason))
        return pause
