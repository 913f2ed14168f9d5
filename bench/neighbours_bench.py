#!/usr/bin/env python3
"""What one caller feels of another: pages of events asked for by one user, alone and beside a neighbour who asks as much as the limits allow.

  bench/neighbours_bench.py [--events 200000] [--seconds 8] [--baseline PROGRAM]

The limits are the defaults. The user asks from 127.0.0.1 with several keys, so that their own limit does not end the measurement. Neighbours:
  rankings      one key asks 98 times at once for the ranking of a day over all events
  connections   another address opens connections as fast as it can and keeps them
  bodies        another address sends bodies of 900 kB as fast as it can, without credentials and with a wrong key
  logins        another address logs in with wrong passwords, 20 at a time; the user's own logins are measured too
"""
import argparse
import http.client
import json
import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from rooms_bench import TOP, start

ADMIN = "an-admin-key-of-the-benchmark-with-length"
PASSWORD = "violet tram 7 in the rain"


class Caller:
    """One connection that is kept, from an address of this machine."""

    def __init__(self, port, key=None, address="127.0.0.1"):
        self.port, self.key, self.address = port, key, address
        self.connect()

    def connect(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120, source_address=(self.address, 0))

    def ask(self, method, path, body=None):
        headers = {"X-API-Key": self.key} if self.key else {}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        begun = time.perf_counter()
        self.connection.request(method, path, data, headers)
        reply = self.connection.getresponse()
        content = reply.read()
        return reply.status, (time.perf_counter() - begun) * 1000, content


def in_threads(count, work):
    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def rankings(port, key, over):
    def one(_):
        status, _, _ = Caller(port, key).ask("GET", "/sessions/s/leaderboard?by=comments&window=86400")
        assert status == 200, status

    in_threads(98, one)
    over.set()


def connections(port, key, over):
    kept = []
    while True:
        try:
            one = socket.create_connection(("127.0.0.1", port), 5, source_address=("127.0.0.2", 0))
            kept.append(one)
        except OSError:
            time.sleep(0.001)
        if len(kept) > 8_000:
            for one in kept[:4_000]:
                one.close()
            del kept[:4_000]


def bodies(port, key, over):
    body = b'{"session_id":"' + b"x" * 900_000 + b'"}'

    def send(i):
        head = f"POST /connect HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        if i % 2:
            head += "X-API-Key: pk_wrong\r\n"
        while True:
            try:
                one = socket.create_connection(("127.0.0.1", port), 5, source_address=("127.0.0.2", 0))
                one.sendall(head.encode() + b"\r\n" + body)
                one.recv(1000)
                one.close()
            except OSError:
                pass

    in_threads(8, send)


def logins(port, key, over):
    def guess(i):
        while True:
            try:
                Caller(port, address="127.0.0.2").ask("POST", "/auth/login", {"username": f"user{i}", "password": "not the password"})
            except OSError:
                pass

    in_threads(20, guess)


def quantiles(times):
    times = sorted(times)
    return f"p50 {statistics.median(times):7.1f}  p99 {times[int(len(times) * 0.99)]:8.1f}  max {times[-1]:8.1f} ms  ({len(times)})"


class User:
    def __init__(self, port, keys):
        self.callers = [Caller(port, key) for key in keys]
        self.port, self.turn = port, 0

    def pages(self, seconds):
        """Fifty a second; each key is asked by turns and stays below its limit."""
        times, until = [], time.monotonic() + seconds
        while time.monotonic() < until:
            self.turn += 1
            caller = self.callers[self.turn % len(self.callers)]
            status, ms, _ = caller.ask("GET", "/sessions/s/events?after=1000&limit=100")
            assert status == 200, status
            times.append(ms)
            time.sleep(0.02)
        return times

    def logins(self, count):
        times = []
        for _ in range(count):
            status, ms, content = Caller(self.port).ask("POST", "/auth/login", {"username": "one.user", "password": PASSWORD})
            assert status == 200, content
            times.append(ms)
        return times


def beside(neighbour, port, key, work):
    over = multiprocessing.Event()
    process = multiprocessing.Process(target=neighbour, args=(port, key, over), daemon=True)
    process.start()
    try:
        return work(), over.is_set()
    finally:
        process.kill()
        process.join()


def measure(program, options):
    folder = tempfile.mkdtemp(prefix="neighbours-bench-")
    simulator, found = start([f"{TOP}/build/release/webcast-sim", "--port", "0", "--rate", "8000", "--count", str(options.events), "--user", "host"],
                             {}, folder, r"listening on http://[^:]+:(\d+)")
    upstream = f"http://127.0.0.1:{found.group(1)}"
    env = {"ADMIN_API_KEY": ADMIN, "HOST": "127.0.0.1", "PORT": "0", "LOG_FORMAT": "json", "LOG_TO_FILE": "false", "LOG_LEVEL": "INFO", "AVATAR_LIVE_ENABLED": "false",
           "SESSIONS_SHARED": "true", "TIKTOK_WEB_URL": upstream, "TIKTOK_WEBCAST_URL": upstream, "TIKTOK_SIGN_URL": upstream,
           "RATE_LIMIT_STRICT_REQUESTS": "1000", "API_KEY_MAX_PER_USER": "1000"}
    service, found = start([program], env, folder, r'"url":"http://[^"]*:(\d+)"')
    port = int(found.group(1))
    try:
        admin = Caller(port, ADMIN)
        ask = lambda method, path, body=None: json.loads(admin.ask(method, path, body)[2])
        ask("POST", "/auth/users", {"username": "one.user", "password": PASSWORD, "role": "user"})
        ask("POST", "/auth/users", {"username": "neighbour", "password": PASSWORD, "role": "user"})
        ask("POST", "/connect", {"session_id": "s", "username": "host"})
        keys = make_keys(folder, program, env, "one.user", 40)
        neighbours_key = make_keys(folder, program, env, "neighbour", 1)[0]
        while (state := ask("GET", "/sessions/s")).get("offset", 0) < options.events:
            time.sleep(2)
        print(f"{program}, {state['offset']} events", flush=True)
        user = User(port, keys)
        user.pages(2)
        for neighbour in (rankings, connections, bodies, logins):
            alone = user.pages(options.seconds)
            with_neighbour, over = beside(neighbour, port, neighbours_key, lambda: user.pages(options.seconds))
            print(f"  pages alone                {quantiles(alone)}")
            print(f"  pages beside {neighbour.__name__:12}  {quantiles(with_neighbour)}{'' if over or neighbour is not rankings else '  (rankings not over)'}", flush=True)
            time.sleep(1)
        time.sleep(60)  # the user's own limit of logins
        print(f"  logins alone               {quantiles(user.logins(9))}")
        time.sleep(61)
        times, _ = beside(logins, port, neighbours_key, lambda: user.logins(9))
        print(f"  logins beside logins       {quantiles(times)}", flush=True)
    finally:
        for process in (service, simulator):
            process.send_signal(signal.SIGKILL)
            process.wait()


def make_keys(folder, program, env, user, count):
    keys = []
    for _ in range(count):
        made = subprocess.run([program, "keys", "create", "--user", user], cwd=folder, env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True, check=True)
        keys.append(made.stdout.strip())
    return keys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--program", default=f"{TOP}/build/release/profile-api")
    parser.add_argument("--baseline", help="another profile-api to measure first, such as that of an older commit")
    options = parser.parse_args()
    for program in filter(None, (options.baseline, options.program)):
        measure(program, options)


if __name__ == "__main__":
    main()
