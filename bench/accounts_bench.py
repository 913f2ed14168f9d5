#!/usr/bin/env python3
"""What a key change costs with many users, and whether logins wait for it. Each binary gets the same database of so many users, each with one
key. Reports, for each: the start; a key made and revoked; logins of one user alone, and while another makes and revokes keys all the time."""
import argparse
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request

from http_bench import ROOT, free_port, wait_for

ADMIN = "an-admin-key-of-the-benchmark-with-length"


def call(port, method, path, body=None, key=ADMIN):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json", "X-API-Key": key}, method=method)
    begun = time.perf_counter()
    with urllib.request.urlopen(request) as reply:
        answer = json.loads(reply.read())
    return answer, (time.perf_counter() - begun) * 1000


def start(binary, folder, port):
    env = dict(os.environ, PORT=str(port), HOST="127.0.0.1", DATABASE_URL=f"sqlite:///{folder}/bench.db", LOG_LEVEL="ERROR", LOG_TO_FILE="false",
               RATE_LIMIT_ENABLED="false", ADMIN_API_KEY=ADMIN)
    begun = time.perf_counter()
    process = subprocess.Popen([binary], env=env, cwd=folder)
    wait_for(f"http://127.0.0.1:{port}/healthcheck")
    return process, time.perf_counter() - begun


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait()


def fill(folder, users):
    database = sqlite3.connect(f"{folder}/bench.db")
    now = int(time.time() * 1000)
    database.executemany("INSERT INTO users(id, username, name_key, email, role, password, active, created_at) VALUES (?, ?, ?, '', 'user', 'x', 1, ?)",
                         ((f"u_{i}", f"user{i}", f"user{i}", now) for i in range(users)))
    database.executemany("INSERT INTO api_keys(id, user_id, name, hash, preview, permissions, created_at, expires_at, active) VALUES (?, ?, 'k', ?, 'pk_', 3, ?, ?, 1)",
                         ((f"k_{i}", f"u_{i}", hashlib.sha256(f"key{i}".encode()).hexdigest(), now, now + 10**10) for i in range(users)))
    database.commit()
    database.close()


def quantiles(times):
    times = sorted(times)
    return f"p50 {statistics.median(times):8.1f}  p99 {times[min(len(times) - 1, int(len(times) * 0.99))]:8.1f} ms"


def logins(port, count):
    return [call(port, "POST", "/auth/login", {"username": "one.user", "password": "violet tram 7"})[1] for _ in range(count)]


def measure(name, binary, users, count):
    folder, port = tempfile.mkdtemp(), free_port()
    process, _ = start(binary, folder, port)
    try:
        call(port, "POST", "/auth/users", {"username": "one.user", "password": "violet tram 7", "role": "user"})
        stop(process)
        fill(folder, users)
        process, seconds = start(binary, folder, port)
        print(f"{name}, {users} users and keys: ready after {seconds:.2f} s")
        times = []

        def change():
            made, ms = call(port, "POST", "/auth/api-keys?user=one.user", {"name": "bench"})
            times.append(ms)
            times.append(call(port, "DELETE", "/auth/api-keys/" + made["id"])[1])

        for _ in range(count):
            change()
        print(f"  a key made or revoked            {quantiles(times)}")
        print(f"  a login                          {quantiles(logins(port, count))}")
        over = threading.Event()

        def keep_changing():
            while not over.is_set():
                change()

        changing = threading.Thread(target=keep_changing)
        changing.start()
        beside = logins(port, count)
        over.set()
        changing.join()
        print(f"  a login beside changes of keys   {quantiles(beside)}")
    finally:
        stop(process)
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=300_000)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--baseline", help="another profile-api to measure first, such as that of an older commit")
    asked = parser.parse_args()
    if asked.baseline:
        measure("baseline", asked.baseline, asked.users, asked.count)
    measure("this", f"{ROOT}/build/release/profile-api", asked.users, asked.count)


main()
