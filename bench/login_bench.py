#!/usr/bin/env python3
"""Whether the time of a refused login tells an unknown user from a wrong password: alternating tries on a quiet service, their medians and
quartiles, and how often a random try of the one kind takes longer than one of the other (0.5: they cannot be told apart)."""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from http_bench import ROOT, free_port, wait_for


def refused(port, username):
    body = json.dumps({"username": username, "password": "not the password"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/auth/login", body, {"Content-Type": "application/json"})
    begun = time.perf_counter()
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as reply:
        assert reply.code == 401, reply.code
        reply.read()
    return (time.perf_counter() - begun) * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tries", type=int, default=200, help="of each kind")
    tries = parser.parse_args().tries
    folder = tempfile.mkdtemp()
    port = free_port()
    env = dict(os.environ, PORT=str(port), HOST="127.0.0.1", DATABASE_URL=f"sqlite:///{folder}/bench.db", LOG_LEVEL="ERROR", LOG_TO_FILE="false",
               RATE_LIMIT_ENABLED="false", LOGIN_MAX_FAILURES="1000")
    process = subprocess.Popen([f"{ROOT}/build/release/profile-api"], env=env, cwd=folder)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthcheck")
        times = {"unknown user": [], "wrong password": []}
        for i in range(tries + 5):
            for kind, username in (("unknown user", f"nobody{i:04}"), ("wrong password", "admin")):
                times[kind].append(refused(port, username))
        for kind in times:
            times[kind] = times[kind][5:]
            low, middle, high = statistics.quantiles(times[kind], n=4)
            print(f"{kind:15} {len(times[kind])} tries: median {middle:.2f} ms, quartiles {low:.2f} and {high:.2f} ms")
        a, b = times["unknown user"], times["wrong password"]
        longer = sum((x > y) + 0.5 * (x == y) for x in a for y in b) / (len(a) * len(b))
        print(f"an unknown user takes longer in {longer:.3f} of all pairs (0.5: cannot be told apart)")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        shutil.rmtree(folder)


main()
