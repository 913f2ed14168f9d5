"""The client for asyncio. Events come by WebSocket if the package `websockets` is installed, else by event stream."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, Protocol, Self
from urllib.parse import urlencode

from .client import Client
from .errors import LOST, ApiError, Ended
from .events import Event, EventType
from .follower import Follower, Options, Start
from .http_connection import EventStream, part
from .live import pause_after, stream_path
from .notices import ConnectionState, Notice
from .position import Position

Transport = Literal["auto", "websocket", "stream"]


class Connection(Protocol):
    """One connection. What it raises, pause_after() knows."""

    async def open(self) -> None: ...

    async def read(self, silence: float) -> list[Any]: ...

    async def close(self) -> None: ...


class SocketConnection:
    """A WebSocket of the package `websockets`, which also notices silence: it pings."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._socket: Any = None

    async def open(self) -> None:
        from websockets.exceptions import WebSocketException

        connect = importlib.import_module("websockets").connect
        try:
            self._socket = await connect(self._url, max_size=None, open_timeout=self._timeout, close_timeout=1)
        except (WebSocketException, OSError, asyncio.TimeoutError) as error:
            raise Ended(LOST, str(error) or "no answer in time") from error

    async def read(self, silence: float) -> list[Any]:
        from websockets.exceptions import ConnectionClosed

        try:
            message = json.loads(await self._socket.recv())
        except ConnectionClosed as error:
            raise Ended(self._socket.close_code or LOST, self._socket.close_reason or "") from error
        return message if isinstance(message, list) else [message]

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()


class StreamConnection:
    """An event stream that a thread of its own reads."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-events")

    async def open(self) -> None:
        await self._call(self._stream.open)

    async def read(self, silence: float) -> list[Any]:
        messages: list[Any] = await self._call(lambda: self._stream.read(silence))
        return messages

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._stream.close()
        self._thread.submit(self._stream.release)
        self._thread.shutdown(wait=False)

    async def _call(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class AsyncLiveEvents:
    """Each event once and in order: reconnects by itself and goes on behind the last event.

    A loop ends with close(), or at the end of `async with`. Leaving it by `break` does not close the connection at once.
    """

    def __init__(
        self,
        client: AsyncClient,
        session: str,
        options: Options,
        on_notice: Callable[[Notice], None] | None = None,
        transport: Transport = "auto",
    ) -> None:
        self.session = session
        self.state = ConnectionState("connecting", 0)
        self.position = options.start if isinstance(options.start, Position) else None
        self._client = client
        self._on_notice = on_notice
        self._listeners: dict[str, list[Callable[[Any], object]]] = {}
        self._follower = Follower(options, self._notify)
        self._sockets = importlib.util.find_spec("websockets") is not None if transport == "auto" else transport == "websocket"
        self._connection: Connection | None = None
        self._ticketed = False  # the last try had a ticket, which a restart of the service makes invalid
        self._closing = asyncio.Event()

    def on(self, type: str, listener: Callable[[Any], object]) -> None:
        """Calls or awaits `listener` with each event of a type, or with all for `event`, before the loop gets it."""
        self._listeners.setdefault(type, []).append(listener)

    async def run(self) -> None:
        """Calls the listeners until close()."""
        async for _ in self:
            pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the loop."""
        self._closing.set()
        if self._connection is not None:
            await self._connection.close()

    async def __aiter__(self) -> AsyncIterator[Event]:
        try:
            while not self._closing.is_set():
                pause = await self._open()
                while pause is None and not self._closing.is_set():
                    messages, pause = await self._read()
                    for message in messages:
                        taken = self._follower.take(message)
                        for event in taken.events:
                            if self._closing.is_set():
                                break
                            await self._tell(event)
                            yield event
                        if taken.reopen:
                            pause = 0.0
                            break
                if pause:
                    await self._wait(pause)
        finally:
            if self._connection is not None:
                await self._connection.close()
        self._notify(ConnectionState("closed", 0, code=1000, reason="closed by the client"))

    async def _tell(self, event: Event) -> None:
        self.position = Position.of(event)
        for listener in self._listeners.get(event["type"], []) + self._listeners.get("event", []):
            result = listener(event)
            if inspect.isawaitable(result):
                await result

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    async def _open(self) -> float | None:
        """Opens a connection. Returns the seconds until the next try if it failed."""
        if self._connection is not None:
            await self._connection.close()
        try:
            self._connection = await self._new_connection()
            await self._connection.open()
        except (ApiError, Ended) as error:
            return self._pause_after(error)
        return None

    async def _new_connection(self) -> Connection:
        query, client = self._follower.query(), self._client.sync
        credential = await asyncio.to_thread(client.query_credential, self.session, headers=not self._sockets)
        query |= credential
        self._ticketed = "ticket" in credential
        if self._sockets:
            address = client.url.replace("http", "ws", 1) + f"/ws/events/{part(self.session)}?{urlencode(query | {'batch': '1'})}"
            return SocketConnection(address, self._follower.silence)
        headers = await asyncio.to_thread(client.headers)
        return StreamConnection(EventStream(client.server, stream_path(self.session), query, headers, self._follower.silence))

    async def _read(self) -> tuple[list[Any], float | None]:
        """The next messages, or the seconds until the next try if the connection has ended."""
        assert self._connection
        try:
            return await self._connection.read(self._follower.silence), None
        except (Ended, EOFError, OSError, ValueError) as error:
            return [], self._pause_after(error)

    def _pause_after(self, error: Exception) -> float:
        if self._closing.is_set():
            return 0.0
        return pause_after(self._follower, error, renewable=self._ticketed or self._client.sync.renewable)

    def _notify(self, notice: Notice) -> None:
        if isinstance(notice, ConnectionState):
            self.state = notice
        if self._on_notice is not None:
            self._on_notice(notice)


class AsyncClient:
    """The methods of Client as coroutines. `sync` is the client that makes the requests, in threads."""

    def __init__(self, url: str, **options: Any) -> None:
        self.sync = Client(url, **options)

    async def request(self, method: str, path: str, *, query: dict[str, Any] | None = None, body: object = None) -> Any:
        return await asyncio.to_thread(self.sync.request, method, path, query=query, body=body)

    async def connect(self, session: str, username: str | None = None, **options: Any) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.connect, session, username, **options)

    async def disconnect(self, session: str) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.disconnect, session)

    async def sessions(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self.sync.sessions)

    async def session(self, session: str) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.session, session)

    async def delete_session(self, session: str) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.delete_session, session)

    async def events(self, session: str, *, after: int = 0, types: Sequence[EventType] = (), **query: Any) -> AsyncIterator[Event]:
        """All kept events, page by page, up to the newest one."""
        more, asked = True, dict(query, types=list(types))
        asked.setdefault("limit", 1000)
        while more:
            page = await asyncio.to_thread(lambda: self.sync.events_page(session, after=after, **asked))
            for event in page["events"]:
                yield event
            after, more, asked["epoch"] = page["next_after"], page["more"], page["epoch"]

    async def stats(self, session: str) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.stats, session)

    async def leaderboard(self, session: str, by: Literal["comments", "gifts", "likes", "shares"] = "gifts", **query: Any) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self.sync.leaderboard, session, by, **query)

    async def timeline(self, session: str, *, bucket: int | None = None) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.timeline, session, bucket=bucket)

    async def gifts(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self.sync.gifts)

    async def profile(self, username: str) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.profile, username)

    async def ticket(self, *sessions: str) -> dict[str, Any]:
        return await asyncio.to_thread(self.sync.ticket, *sessions)

    def picture_url(self, user: Any) -> str | None:
        return self.sync.picture_url(user)

    def live(
        self,
        session: str,
        *,
        types: Sequence[EventType] = (),
        user: str | None = None,
        contains: str | None = None,
        start: Start = "now",
        after_loss: Literal["live", "earliest"] = "live",
        wait_for_session: bool = False,
        on_notice: Callable[[Notice], None] | None = None,
        transport: Transport = "auto",
    ) -> AsyncLiveEvents:
        """The events of a session as they happen."""
        options = Options(types, user, contains, start, after_loss, wait_for_session)
        return AsyncLiveEvents(self, session, options, on_notice, transport)
