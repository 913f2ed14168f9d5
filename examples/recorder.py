"""Writes all events of a session to a file, each once and in order, through crashes and restarts of itself and the service.

    pip install ./clients/python
    PROFILE_API_KEY=… python3 examples/recorder.py show show.ndjson
"""

import json
import os
import sys
from pathlib import Path

from profile_engagement_api import Client, ConnectionState, HistoryGap, Notice, Position


def last_position(file: Path) -> Position | None:
    """The position of the last whole line. A line that a crash cut off is removed: its event comes again."""
    if not file.exists():
        return None
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(file, len(whole))
    return Position.of(json.loads(whole.splitlines()[-1])) if whole else None


def say(notice: Notice) -> None:
    if isinstance(notice, HistoryGap):
        print(f"missing: what was between {notice.start} and {notice.end}", file=sys.stderr)
    elif isinstance(notice, ConnectionState) and notice.state == "waiting":
        print(f"{notice.reason}; next try in {notice.retry_in:.1f} s", file=sys.stderr)


def main() -> None:
    if len(sys.argv) != 3 or "PROFILE_API_KEY" not in os.environ:
        sys.exit("PROFILE_API_KEY=… python3 examples/recorder.py SESSION FILE")
    session, file = sys.argv[1], Path(sys.argv[2])
    api = Client(os.environ.get("PROFILE_API_URL", "http://localhost:8002"), key=os.environ["PROFILE_API_KEY"])
    position = last_position(file)
    print(f"from {position or 'the beginning'}", file=sys.stderr, flush=True)
    live = api.live(session, start=position or "earliest", after_loss="earliest", wait_for_session=True, on_notice=say)
    with file.open("a", encoding="utf-8") as out:
        for event in live:
            out.write(json.dumps(event, ensure_ascii=False) + "\n")
            out.flush()  # with os.fsync(out.fileno()) it also survives a power cut


try:
    main()
except KeyboardInterrupt:
    pass
