#!/usr/bin/env python3
"""CPU time per request for a cached profile and its picture, of our server and of nginx serving the same bytes as
files from its cache of open files, with the same headers and the same check of the key. Interleaved rounds on one
machine; see http_bench.py for how time is read."""
import argparse
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import urllib.request

from http_bench import ROOT, cpu_seconds, free_port, load, wait_for

KEY = "bench-key"
PATHS = {"profile": "/profile/bench_person", "picture": "/profile/bench_person/avatar"}


def start_ours(folder, port):
    env = dict(os.environ, API_KEY=KEY, LOG_FORMAT="json", LOG_TO_FILE="false", RATE_LIMIT_API_REQUESTS="1000000000", WEB_CONCURRENCY="1", PORT=str(port), HOST="127.0.0.1",
               DATABASE_URL=f"sqlite:///{folder}/bench.db", AVATAR_SCRAPER_ENABLED="false")
    log = open(f"{folder}/ours.log", "w")
    process = subprocess.Popen(["taskset", "-c", "0", f"{ROOT}/build/release/profile-api"], env=env, cwd=folder, stdout=log)
    wait_for(f"http://127.0.0.1:{port}/healthcheck")
    return process


def fetch(port, path):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"X-API-Key": KEY})
    with urllib.request.urlopen(request) as reply:
        return dict(reply.headers), reply.read()


def start_nginx(folder, port, answers):
    locations = ""
    for name, (headers, body) in answers.items():
        with open(f"{folder}/{name}.body", "wb") as f:
            f.write(body)
        skip = {"content-length", "date", "connection", "server", "content-type", "etag"}
        quoted = {k: v.replace('"', '\\"') for k, v in headers.items() if k.lower() not in skip}
        added = "".join(f'add_header {k} "{v}";\n' for k, v in quoted.items())
        locations += f"""location = {PATHS[name]} {{ if ($http_x_api_key != "{KEY}") {{ return 401; }}
          types {{ }} default_type {headers['Content-Type']}; {added} alias {folder}/{name}.body; }}\n"""
    with open(f"{folder}/nginx.conf", "w") as f:
        f.write(f"""
user {'root' if os.getuid() == 0 else os.getlogin()};
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 4096; }}
http {{ access_log {folder}/nginx-access.log combined; keepalive_requests 1000000000; server_tokens off; sendfile on;
  tcp_nopush on; open_file_cache max=100; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; {locations} location / {{ return 200; }} }} }}
""")
    process = subprocess.Popen(["taskset", "-c", "0", "nginx", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
    wait_for(f"http://127.0.0.1:{port}/")
    worker = int(subprocess.check_output(["pgrep", "-P", str(process.pid)]).split()[0])
    return process, worker


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="profile-bench-")
    results = {}
    running = []
    try:
        ours_port, nginx_port = free_port(), free_port()
        ours = start_ours(folder, ours_port)
        running.append(ours)
        answers = {name: fetch(ours_port, path) for name, path in PATHS.items()}
        nginx, worker = start_nginx(folder, nginx_port, answers)
        running.append(nginx)
        for name, (_, body) in answers.items():
            if fetch(nginx_port, PATHS[name])[1] != body:
                raise SystemExit(f"nginx does not serve the same {name}")
        for _ in range(options.rounds):
            for server, pid, port in (("ours", ours.pid, ours_port), ("nginx", worker, nginx_port)):
                for name, path in PATHS.items():
                    before = cpu_seconds(pid)
                    count, rate = load(f"http://127.0.0.1:{port}{path}", options.seconds, headers=[f"X-API-Key: {KEY}"])
                    results.setdefault((name, server), []).append(((cpu_seconds(pid) - before) / count * 1e6, rate))
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
            process.wait()
        shutil.rmtree(folder)
    for name in PATHS:
        cost = {server: statistics.median(r[0] for r in results[name, server]) for server in ("ours", "nginx")}
        rate = statistics.median(r[1] for r in results[name, "ours"])
        print(f"{name} ({len(answers[name][1])} bytes): ours {cost['ours']:.2f} us CPU a request, nginx {cost['nginx']:.2f}: "
              f"{cost['ours'] / cost['nginx']:.2f} x; ours {rate:.0f} requests/s")


if __name__ == "__main__":
    main()
