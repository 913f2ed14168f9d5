"""The events of one session for programs that wait for each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

from .errors import LOST, ApiError, Ended, code_of_status
from .events import Event
from .follower import Follower, Options
from .http_connection import EventStream, part
from .notices import ConnectionState, Notice
from .position import Position

if TYPE_CHECKING:
    from .client import Client


def stream_path(session: str) -> str:
    return f"/sessions/{part(session)}/stream"


def pause_after(follower: Follower, error: Exception, *, renewable: bool) -> float:
    """The seconds until the next try after what ended a connection; raises what ends it for good."""
    if isinstance(error, ApiError):
        return follower.closed(code_of_status(error.status), error.message, retry_after=error.retry_after, renewable=renewable)
    if isinstance(error, Ended):
        return follower.closed(error.code, error.reason, renewable=renewable)
    if isinstance(error, EOFError):
        return follower.closed(1001, "the stream ended")
    return follower.closed(LOST, str(error))


class LiveEvents:
    """Each event once and in order: reconnects by itself and goes on behind the last event. A loop ends with close()."""

    def __init__(self, client: Client, session: str, options: Options, on_notice: Callable[[Notice], None] | None = None) -> None:
        self.session = session
        self.state = ConnectionState("connecting", 0)
        self.position = options.start if isinstance(options.start, Position) else None
        self._client = client
        self._on_notice = on_notice
        self._listeners: dict[str, list[Callable[[Any], object]]] = {}
        self._follower = Follower(options, self._notify)
        self._stream: EventStream | None = None
        self._closing = threading.Event()

    def on(self, type: str, listener: Callable[[Any], object]) -> None:
        """Calls `listener` with each event of a type, or with all for `event`, before the loop gets it."""
        self._listeners.setdefault(type, []).append(listener)

    def run(self) -> None:
        """Calls the listeners until close()."""
        for _ in self:
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the loop; any thread may call it."""
        self._closing.set()
        if self._stream is not None:
            self._stream.close()

    def __iter__(self) -> Iterator[Event]:
        try:
            while not self._closing.is_set():
                pause = self._open()
                while pause is None and not self._closing.is_set():
                    messages, pause = self._read()
                    for message in messages:
                        taken = self._follower.take(message)
                        yield from self._hand_out(taken.events)
                        if taken.reopen:
                            pause = 0.0
                            break
                self._closing.wait(pause)
        finally:
            if self._stream is not None:
                self._stream.release()
        self._notify(ConnectionState("closed", 0, code=1000, reason="closed by the client"))

    def _hand_out(self, events: list[Event]) -> Iterator[Event]:
        for event in events:
            if self._closing.is_set():
                return
            self.position = Position.of(event)
            for listener in self._listeners.get(event["type"], []) + self._listeners.get("event", []):
                listener(event)
            yield event

    def _open(self) -> float | None:
        """Opens a connection. Returns the seconds until the next try if it failed."""
        if self._stream is not None:
            self._stream.release()
        try:
            query = self._follower.query() | self._client.query_credential(self.session, headers=True)
            path = stream_path(self.session)
            self._stream = EventStream(self._client.server, path, query, self._client.headers(), self._follower.silence)
            self._stream.open()
        except ApiError as error:
            return self._pause_after(error)
        return None

    def _read(self) -> tuple[list[Any], float | None]:
        """The next messages, or the seconds until the next try if the connection has ended."""
        assert self._stream
        try:
            return self._stream.read(self._follower.silence), None
        except (EOFError, OSError, ValueError) as error:
            return [], self._pause_after(error)

    def _pause_after(self, error: Exception) -> float:
        if self._closing.is_set():
            return 0.0
        return pause_after(self._follower, error, renewable=self._client.renewable)

    def _notify(self, notice: Notice) -> None:
        if isinstance(notice, ConnectionState):
            self.state = notice
        if self._on_notice is not None:
            self._on_notice(notice)
