"""Reading event streams and answers from a server that plays a script."""

import asyncio
import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from profile_engagement_api import ApiError, AsyncClient, Client, CloseError, ConnectionState


def hello(offset: int) -> dict[str, Any]:
    return {"type": "connected", "session_id": "s", "epoch": "a", "offset": offset, "recovered": True, "keepalive_seconds": 15}


def event(offset: int, **more: Any) -> dict[str, Any]:
    return {"offset": offset, "epoch": "a", "id": str(offset), "type": "comment"} | more


def block(message: dict[str, Any]) -> bytes:
    return f"id: {message['epoch']}:{message['offset']}\ndata: {json.dumps(message, ensure_ascii=False)}\n\n".encode()


class ScriptedServer(unittest.TestCase):
    """`steps`: what each request gets, a list of chunks of an event stream (and then the end), or (status, headers, body)."""

    def setUp(self) -> None:
        self.steps: list[Any] = []
        self.asked: list[str] = []
        test = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                test.asked.append(f"{self.path} {self.headers['X-API-Key']}")
                step = test.steps.pop(0)
                if isinstance(step, tuple):
                    status, headers, body = step
                    self.send_response(status)
                    for name, value in ({"Content-Length": str(len(body))} | headers).items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                    return
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for chunk in step:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/prefix/"

    def tearDown(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def test_a_stream_is_read_whatever_the_bytes_are_cut_into_and_goes_on(self) -> None:
        first = b"retry: 1\n" + block(hello(4)) + b": keep-alive\n\n" + block(event(5, comment="é 🎤"))
        self.steps = [[bytes([byte]) for byte in first], [block(hello(5)), block(event(6))]]
        live = Client(self.url, key="k").live("s t")
        seen = []
        for one in live:
            seen.append(one)
            if len(seen) == 2:
                live.close()
        self.assertEqual([(one["offset"], one.get("comment")) for one in seen], [(5, "é 🎤"), (6, None)])
        self.assertEqual(self.asked, ["/prefix/sessions/s%20t/stream k", "/prefix/sessions/s%20t/stream?after=5&epoch=a k"])
        self.assertEqual(str(live.position), "a:6")

    def test_asyncio_reads_the_same_and_awaits_listeners(self) -> None:
        self.steps = [[block(hello(0)), block(event(1))], [block(hello(1)), block(event(2))]]
        heard: list[int] = []

        async def read() -> list[int]:
            live = AsyncClient(self.url, key="k").live("s", transport="stream")

            async def listener(one: dict[str, Any]) -> None:
                heard.append(one["offset"])

            live.on("comment", listener)
            seen = []
            async for one in live:
                seen.append(one["offset"])
                if len(seen) == 2:
                    await live.close()
            return seen

        self.assertEqual((asyncio.run(read()), heard), ([1, 2], [1, 2]))

    def test_an_error_of_a_listener_is_the_caller_s_and_not_a_lost_connection(self) -> None:
        self.steps = [[block(hello(0)), block(event(1))]]
        live = Client(self.url).live("s")

        def faulty(_: Any) -> None:
            raise ValueError("faulty")

        live.on("comment", faulty)
        with self.assertRaisesRegex(ValueError, "faulty"):
            live.run()

    def test_refusals_end_it_and_limits_do_not(self) -> None:
        for status, code in ((401, 4001), (403, 4003), (404, 4004), (400, 1008)):
            self.steps = [(status, {}, b'{"error":"X","message":"why"}')]
            with self.assertRaises(CloseError) as raised:
                list(Client(self.url).live("s"))
            self.assertEqual((raised.exception.code, raised.exception.reason), (code, "why"))
        self.steps = [(429, {"Retry-After": "7"}, b'{"error":"RATE_LIMIT_EXCEEDED","message":"m"}')]
        states: list[Any] = []

        def notice(given: Any) -> None:
            states.append(given)
            if isinstance(given, ConnectionState) and given.state == "waiting":
                live.close()

        live = Client(self.url).live("s", on_notice=notice)
        self.assertEqual(list(live), [])
        self.assertEqual((states[1].code, states[1].retry_in), (4029, 7))

    def test_an_error_has_the_status_code_details_and_pause_of_the_answer(self) -> None:
        body = {"error": "RATE_LIMIT_EXCEEDED", "message": "too often", "details": {"rule": "api"}, "correlation_id": "c"}
        self.steps = [(429, {"Retry-After": "3"}, json.dumps(body).encode()), (502, {}, b"<html>")]
        with self.assertRaises(ApiError) as raised:
            Client(self.url).sessions()
        error = raised.exception
        self.assertEqual((str(error), error.status, error.code), ("too often", 429, "RATE_LIMIT_EXCEEDED"))
        self.assertEqual((error.details, error.retry_after, error.correlation_id), ({"rule": "api"}, 3, "c"))
        with self.assertRaises(ApiError) as raised:
            Client(self.url).sessions()
        self.assertEqual((raised.exception.status, raised.exception.code), (502, "HTTP_ERROR"))

    def test_pages_follow_one_another(self) -> None:
        pages = [{"events": [event(1), event(2)], "next_after": 2, "more": True, "epoch": "a"}]
        pages += [{"events": [event(3)], "next_after": 3, "more": False, "epoch": "a"}]
        self.steps = [(200, {}, json.dumps(page).encode()) for page in pages]
        offsets = [one["offset"] for one in Client(self.url).events("s", types=["comment"], limit=2)]
        self.assertEqual(offsets, [1, 2, 3])
        self.assertEqual(self.asked[1], "/prefix/sessions/s/events?after=2&limit=2&types=comment&epoch=a None")


class NoServer(unittest.TestCase):
    def test_no_answer_is_an_error_of_status_0(self) -> None:
        with self.assertRaises(ApiError) as raised:
            Client("http://127.0.0.1:1").sessions()
        self.assertEqual((raised.exception.status, raised.exception.code), (0, "NETWORK_ERROR"))
        with self.assertRaises(ValueError):
            Client("localhost:8002")
