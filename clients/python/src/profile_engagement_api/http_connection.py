"""HTTP by the standard library: single requests, and an event stream that is read as it comes."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from .errors import ApiError, error_of_answer


def part(text: str) -> str:
    """A segment of a path."""
    return quote(text, safe="")


class Server:
    """Where the service is."""

    def __init__(self, url: str, timeout: float, ssl_context: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https address: {url!r}")
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self.timeout = timeout
        self._parts = parts
        self._context = (ssl_context or ssl.create_default_context()) if parts.scheme == "https" else None

    def open(self, timeout: float | None = None) -> http.client.HTTPConnection:
        assert self._parts.hostname
        host, port, limit = self._parts.hostname, self._parts.port, timeout or self.timeout
        if self._context is not None:
            return http.client.HTTPSConnection(host, port, timeout=limit, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=limit)

    def target(self, path: str, query: Mapping[str, str]) -> str:
        return self._parts.path.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")

    def request(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: object = None) -> Any:
        """Returns the JSON of the answer, or raises an ApiError."""
        connection = self.open()
        sent = dict(headers) | {"Accept": "application/json"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, self.target(path, query), data, sent)
            reply = connection.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(f"{method} {path}: no answer ({error})") from error
        finally:
            connection.close()
        if reply.status >= 400:
            raise error_of_answer(reply.status, reply.headers, text)
        return json.loads(text) if text else None


class EventStream:
    """One event stream. open() and read() block; close() may be called by any thread and ends them."""

    def __init__(self, server: Server, path: str, query: Mapping[str, str], headers: Mapping[str, str], timeout: float) -> None:
        self._connection = server.open(timeout)
        self._target = server.target(path, query)
        self._headers = dict(headers) | {"Accept": "text/event-stream"}
        self._reply: http.client.HTTPResponse | None = None
        self._socket: socket.socket | None = None
        self._rest = b""
        self._closed = False

    def open(self) -> None:
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            if self._closed:
                raise OSError("closed")
            self._connection.request("GET", self._target, headers=self._headers)
            self._reply = self._connection.getresponse()
            if self._reply.status != 200:
                raise error_of_answer(self._reply.status, self._reply.headers, self._reply.read())
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(f"no answer ({error})") from error

    def read(self, silence: float) -> list[Any]:
        """Waits for bytes; returns the messages that they complete. Raises EOFError at the end, OSError where it is lost."""
        assert self._reply and self._socket
        self._socket.settimeout(silence)
        try:
            came = self._reply.read1(65536)
        except http.client.HTTPException as error:
            raise OSError(str(error) or "the connection was lost") from error
        if not came:
            raise EOFError
        *blocks, self._rest = (self._rest + came).split(b"\n\n")
        texts = (b"\n".join(line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:")) for block in blocks)
        return [json.loads(text) for text in texts if text]

    def close(self) -> None:
        self._closed = True
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already

    def release(self) -> None:
        """Frees the connection; for the thread that reads."""
        self.close()
        if self._reply is not None:
            self._reply.close()
        self._connection.close()
