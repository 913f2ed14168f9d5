"""Reads a session by the Python client and writes each event as a line, until standard input ends.

Arguments: address, session, way (sync, websocket, stream), more options as JSON. The key is in PROFILE_API_KEY.
"""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from profile_engagement_api import AsyncClient, Client, CloseError, Event, HistoryGap, NewEpoch, Notice

url, session, way, options = *sys.argv[1:4], json.loads(sys.argv[4])
key = os.environ["PROFILE_API_KEY"]


def write(event: Event) -> None:
    print(json.dumps(event, ensure_ascii=False), flush=True)


def notice(given: Notice) -> None:
    if isinstance(given, (HistoryGap, NewEpoch)):
        print(json.dumps({"notice": type(given).__name__}), flush=True)


@contextmanager
def ending_with_its_code() -> Iterator[None]:
    try:
        yield
    except CloseError as error:
        print(json.dumps({"closed": error.code}), flush=True)
        os._exit(0)  # a thread waits for the end of standard input


def wait_for_end() -> None:
    sys.stdin.read()


def read() -> None:
    live = Client(url, key=key).live(session, on_notice=notice, **options)
    threading.Thread(target=lambda: (wait_for_end(), live.close()), daemon=True).start()
    with ending_with_its_code():
        for event in live:
            write(event)


async def read_async() -> None:
    live = AsyncClient(url, key=key).live(session, on_notice=notice, transport=way, **options)

    async def end() -> None:
        await asyncio.to_thread(wait_for_end)
        await live.close()

    ending = asyncio.create_task(end())
    with ending_with_its_code():
        async for event in live:
            write(event)
    ending.cancel()


read() if way == "sync" else asyncio.run(read_async())
