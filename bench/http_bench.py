#!/usr/bin/env python3
"""CPU time per request of our server and of nginx, on the same bytes, in interleaved rounds on one machine.

CPU time is read from /proc/PID/stat of the serving process (nginx: its one worker), all threads together, so the
log thread of ours counts too. Throughput is printed beside it, but wrk on its one core is often the limit there.
"""
import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICK = os.sysconf("SC_CLK_TCK")
PIPELINE_LUA = """
init = function(args)
  local request = {}
  for i = 1, 16 do request[i] = wrk.format("GET", "/healthcheck") end
  batch = table.concat(request)
end
request = function() return batch end
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(url):
    end = time.monotonic() + 10
    while True:
        try:
            return urllib.request.urlopen(url, timeout=1)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def start_ours(folder, port, program=f"{ROOT}/build/release/profile-api"):
    env = dict(os.environ, API_KEY="bench-key", LOG_FORMAT="json", LOG_TO_FILE="false", RATE_LIMIT_API_REQUESTS="1000000000", WEB_CONCURRENCY="1", PORT=str(port), HOST="127.0.0.1",
               DATABASE_URL=f"sqlite:///{folder}/bench-{port}.db")  # a baseline may be too old for the database of another version
    log = open(f"{folder}/ours.log", "w")
    process = subprocess.Popen(["taskset", "-c", "0", program], env=env, cwd=folder, stdout=log)
    reply = wait_for(f"http://127.0.0.1:{port}/healthcheck")
    return process, process.pid, reply


def start_nginx(folder, port, reply, access_log):
    body = reply.read().decode().replace("'", "\\'")
    skip = {"content-length", "date", "connection", "server", "content-type"}
    headers = "".join(f'add_header {k} "{v}";\n' for k, v in reply.headers.items() if k.lower() not in skip)
    log = f"access_log {folder}/nginx-access.log combined;" if access_log else "access_log off;"
    conf = f"{folder}/nginx-{access_log}.conf"
    with open(conf, "w") as f:
        f.write(f"""
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 4096; }}
http {{ {log} keepalive_requests 1000000000; server_tokens off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; {headers} return 200 '{body}'; }} }} }}
""")
    process = subprocess.Popen(["taskset", "-c", "0", "nginx", "-c", conf], stderr=subprocess.DEVNULL)
    wait_for(f"http://127.0.0.1:{port}/healthcheck")
    worker = int(subprocess.check_output(["pgrep", "-P", str(process.pid)]).split()[0])
    return process, worker


def load(url, seconds, lua=None, headers=()):
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s"] + (["-s", lua] if lua else []) + [url]
    for header in headers:
        command += ["-H", header]
    text = subprocess.check_output(command, text=True)
    if re.search(r"Non-2xx|Socket errors", text):
        sys.exit(f"wrk saw errors:\n{text}")
    return int(re.search(r"(\d+) requests in", text).group(1)), float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--baseline", help="another profile-api, which takes part")
    options = parser.parse_args()
    servers = ["ours"] + (["baseline"] if options.baseline else []) + ["nginx", "nginx, no access log"]
    folder = tempfile.mkdtemp(prefix="http-bench-")
    lua = f"{folder}/pipeline.lua"
    with open(lua, "w") as f:
        f.write(PIPELINE_LUA)
    results = {}
    try:
        for _ in range(options.rounds):
            for name in servers:
                port = free_port()
                if name == "ours":
                    process, pid, reply = start_ours(folder, port)
                elif name == "baseline":
                    process, pid, reply = start_ours(folder, port, options.baseline)
                else:
                    sample, _, reply = start_ours(folder, free_port())
                    process, pid = start_nginx(folder, port, reply, access_log=name == "nginx")
                    sample.send_signal(signal.SIGTERM)
                    sample.wait()
                for kind, script in (("one by one", None), ("16 pipelined", lua)):
                    before = cpu_seconds(pid)
                    count, rate = load(f"http://127.0.0.1:{port}/healthcheck", options.seconds, script)
                    used = cpu_seconds(pid) - before
                    results.setdefault((kind, name), []).append((used / count * 1e6, rate))
                process.send_signal(signal.SIGTERM)
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.rounds} interleaved rounds of {options.seconds} s, wrk -t1 -c64, one serving thread; medians\n")
    print(f"{'load':14} {'server':22} {'CPU us/request':>14} {'of nginx':>9} {'requests/s':>11}")
    for kind in ("one by one", "16 pipelined"):
        base = statistics.median(r[0] for r in results[(kind, "nginx")])
        for name in servers:
            cpu = statistics.median(r[0] for r in results[(kind, name)])
            rate = statistics.median(r[1] for r in results[(kind, name)])
            print(f"{kind:14} {name:22} {cpu:14.2f} {cpu / base:8.2f}x {rate:11.0f}")


if __name__ == "__main__":
    main()
