#!/usr/bin/env python3
"""Memory of a room and CPU time of an event: many rooms that are followed at once.

  bench/rooms_bench.py [--rooms 100] [--rate 5] [--seconds 60] [--quiet | --ids N] [--baseline PROGRAM]

Starts webcast-sim with that many rooms, follows them all, and prints for each program (ours, and the baseline if one is
given) the proportional memory (PSS) that a room adds and the CPU time of an event. The mean over all rooms includes what the
process takes once (caches of the database, code that runs for the first time); what a room adds behind the first half of them
does not. With --ids each room speaks until it has said that many messages, as fast as it may. With --quiet it says five.
"""
import argparse
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEY = "bench-key-of-the-rooms"


def start(command, env, cwd, pattern):
    """Starts a program with its output in a file, and waits for the line that says that it is ready."""
    path = os.path.join(cwd, os.path.basename(command[0]) + ".out")
    with open(path, "w") as out:
        process = subprocess.Popen(command, env={"PATH": os.environ["PATH"], **env}, cwd=cwd, stdout=out, stderr=subprocess.STDOUT)
    while process.poll() is None:
        with open(path) as out:
            found = re.search(pattern, out.read())
        if found:
            return process, found
        time.sleep(0.05)
    raise SystemExit(f"{command[0]} did not start; see {path}")


def call(origin, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(origin + path, data=data, headers={"X-API-Key": KEY, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def pss_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M).group(1))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def events(origin):
    counters = [session["counters"] for session in call(origin, "/sessions")["sessions"]]
    return sum(value for one in counters for name, value in one.items() if name not in ("duplicates_dropped", "undecodable"))


def measure(program, options):
    folder = tempfile.mkdtemp(prefix="rooms-bench-")
    users = [f"host{i}" for i in range(options.rooms)]
    rate = options.rate if options.ids == 0 else max(options.rate, options.ids // 60)
    count = 5 if options.quiet else options.ids
    more = ["--count", str(count)] if count else []
    simulator, found = start([f"{TOP}/build/release/webcast-sim", "--port", "0", "--rate", str(rate), *more,
                              *[part for user in users for part in ("--user", user)]], {}, folder, r"listening on http://[^:]+:(\d+)")
    upstream = f"http://127.0.0.1:{found.group(1)}"
    env = {"API_KEY": KEY, "HOST": "127.0.0.1", "PORT": "0", "LOG_FORMAT": "json", "LOG_TO_FILE": "false", "LOG_LEVEL": "INFO", "RATE_LIMIT_ENABLED": "false",
           "AVATAR_LIVE_ENABLED": "false", "TIKTOK_WEB_URL": upstream, "TIKTOK_WEBCAST_URL": upstream, "TIKTOK_SIGN_URL": upstream}
    if program == options.program:
        env.update(TIKTOK_SIGN_PER_MINUTE="6000", LIVE_MAX_SESSIONS_PER_KEY="1000")
    service, found = start([program], env, folder, r'"url":"(http:[^"]+)"')
    origin = found.group(1)
    try:
        time.sleep(2)
        idle = pss_kb(service.pid)
        half = options.rooms // 2
        for some in (users[:half], users[half:]):
            for user in some:
                call(origin, "/connect", {"session_id": user, "username": user})
            connected = half if some == users[:half] else options.rooms
            while count and events(origin) < count * connected:
                time.sleep(1)
            time.sleep(5)
            if connected == half:
                at_half = pss_kb(service.pid)
        events_before, cpu_before = events(origin), cpu_seconds(service.pid)
        until = time.time() + (options.seconds if count == 0 else 1)
        while time.time() < until:
            time.sleep(1)
        seen = events(origin) - events_before
        spent = cpu_seconds(service.pid) - cpu_before
        full = pss_kb(service.pid)
        room, further = (full - idle) / options.rooms, (full - at_half) / (options.rooms - half)
        cpu = f"{spent / seen * 1e6:.0f} µs CPU an event ({seen} events)" if seen > 0 and count == 0 else ""
        print(f"{program:32} idle {idle / 1024:.1f} MiB, {room:.0f} KiB a room, {further:.0f} KiB each of the second half  {cpu}", flush=True)
    finally:
        for process in (service, simulator):
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--rate", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--ids", type=int, default=0)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--baseline")
    parser.add_argument("--program", default=f"{TOP}/build/release/profile-api")
    options = parser.parse_args()
    for program in [options.program] + ([options.baseline] if options.baseline else []):
        measure(program, options)


if __name__ == "__main__":
    main()
