"""The client for programs that wait for each answer."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from .events import Event, EventType
from .follower import Options, Start
from .http_connection import Server, part
from .live import LiveEvents
from .notices import Notice

Credential = str | Callable[[], str] | None


def value_of(given: Credential) -> str | None:
    return given() if callable(given) else given


class Client:
    """One service. `key`, `token` and `ticket` are credentials; each may be a function that returns a new one."""

    def __init__(
        self,
        url: str,
        *,
        key: Credential = None,
        token: Credential = None,
        ticket: Credential = None,
        timeout: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.server = Server(url, timeout, ssl_context)
        self._key, self._token, self._ticket = key, token, ticket

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def renewable(self) -> bool:
        """Whether the next connection may have other credentials than the last one had."""
        return callable(self._key) or callable(self._token) or callable(self._ticket)

    def headers(self) -> dict[str, str]:
        if (key := value_of(self._key)) is not None:
            return {"X-API-Key": key}
        token = value_of(self._token)
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def query_credential(self, session: str, *, headers: bool) -> dict[str, str]:
        """The credential in the address of a connection, which can send `headers` or not.

        Keys and access tokens stay out of addresses: a ticket is asked for instead. A stream token is made for addresses.
        """
        if self._ticket is not None:
            return {"ticket": value_of(self._ticket) or ""}
        if headers or (self._key is None and self._token is None):
            return {}
        if self._key is None:
            token = value_of(self._token) or ""
            if token.startswith("st_"):
                return {"token": token}
        return {"ticket": self.ticket(session)["ticket"]}

    def request(self, method: str, path: str, *, query: dict[str, Any] | None = None, body: object = None) -> Any:
        """One request. Returns the JSON of the answer, or raises an ApiError."""
        texts = {name: str(value) for name, value in (query or {}).items() if value is not None}
        return self.server.request(method, path, texts, self.headers(), body)

    def connect(
        self,
        session: str,
        username: str | None = None,
        *,
        room_id: str | None = None,
        wait_until_live: bool | None = None,
        replace: bool | None = None,
    ) -> dict[str, Any]:
        """Follows a room. `username` may be a name, `@name` or a link."""
        body: dict[str, Any] = {"session_id": session, "username": username, "room_id": room_id}
        body |= {"wait_until_live": wait_until_live, "replace": replace}
        answer: dict[str, Any] = self.request("POST", "/connect", body={k: v for k, v in body.items() if v is not None})
        return answer

    def disconnect(self, session: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.request("POST", "/disconnect", body={"session_id": session})
        return answer

    def sessions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.request("GET", "/sessions")["sessions"]
        return found

    def session(self, session: str) -> dict[str, Any]:
        found: dict[str, Any] = self.request("GET", f"/sessions/{part(session)}")
        return found

    def delete_session(self, session: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.request("DELETE", f"/sessions/{part(session)}")
        return answer

    def events_page(self, session: str, **query: Any) -> dict[str, Any]:
        """One page of kept events: `events next_after more epoch`."""
        if isinstance(query.get("types"), (list, tuple)):
            query["types"] = ",".join(query["types"]) or None
        page: dict[str, Any] = self.request("GET", f"/sessions/{part(session)}/events", query=query)
        return page

    def events(
        self,
        session: str,
        *,
        after: int = 0,
        types: Sequence[EventType] = (),
        user: str | None = None,
        contains: str | None = None,
        since: str | int | None = None,
        until: str | int | None = None,
        limit: int = 1000,
    ) -> Iterator[Event]:
        """All kept events, page by page, up to the newest one."""
        more, epoch = True, None
        while more:
            page = self.events_page(
                session, after=after, limit=limit, types=list(types), user=user, contains=contains, since=since, until=until, epoch=epoch
            )
            yield from page["events"]
            after, more, epoch = page["next_after"], page["more"], page["epoch"]

    def stats(self, session: str) -> dict[str, Any]:
        figures: dict[str, Any] = self.request("GET", f"/sessions/{part(session)}/stats")
        return figures

    def leaderboard(
        self,
        session: str,
        by: Literal["comments", "gifts", "likes", "shares"] = "gifts",
        *,
        limit: int | None = None,
        window: int | None = None,
    ) -> list[dict[str, Any]]:
        """`window`: seconds."""
        query = {"by": by, "limit": limit, "window": window}
        ranks: list[dict[str, Any]] = self.request("GET", f"/sessions/{part(session)}/leaderboard", query=query)["leaderboard"]
        return ranks

    def timeline(self, session: str, *, bucket: int | None = None) -> dict[str, Any]:
        figures: dict[str, Any] = self.request("GET", f"/sessions/{part(session)}/timeline", query={"bucket": bucket})
        return figures

    def gifts(self) -> list[dict[str, Any]]:
        known: list[dict[str, Any]] = self.request("GET", "/gifts")["gifts"]
        return known

    def profile(self, username: str) -> dict[str, Any]:
        found: dict[str, Any] = self.request("GET", f"/profile/{part(username.removeprefix('@'))}")
        return found

    def ticket(self, *sessions: str) -> dict[str, Any]:
        """A ticket that opens one socket or stream of one of these sessions, or one picture, within a minute."""
        answer: dict[str, Any] = self.request("POST", "/auth/tickets", body={"session_ids": list(sessions)} if sessions else {})
        return answer

    def picture_url(self, user: Any) -> str | None:
        """The address of a person's picture in an event; it needs no credentials."""
        return self.url + user["picture"] if user and user.get("picture") else None

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
    ) -> LiveEvents:
        """The events of a session as they happen."""
        return LiveEvents(self, session, Options(types, user, contains, start, after_loss, wait_for_session), on_notice)
