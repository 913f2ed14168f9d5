#!/usr/bin/env python3
"""One source, many WebSocket subscribers: ours beside nginx with nchan and beside nats-server, on one machine, interleaved.

Every subscriber checks that it gets every event in order; a run that loses one is marked INCOMPLETE. Delays are from the
making of an event to the subscriber's socket. CPU is that of the serving process, all its threads and workers. Ours decodes
the events from TikTok's protocol and commits them to SQLite before it delivers; the rivals pass on bytes of --size.

  fanout_bench.py               deliveries per CPU second, and the most deliveries a second at p99 < 100 ms
  fanout_bench.py --delay [--baseline PROGRAM]
                                p50 and p99 at 200 and at 2,000 events/s
  fanout_bench.py --slow-reader the delays of 500 subscribers beside one that reads a byte a second
  fanout_bench.py --idle        memory of 10,000 subscribers to a quiet session
  fanout_bench.py --soak        memory over 1,000,000 events, with retention
  fanout_bench.py --busy        how many of 500 willing readers are cut off at 1,000 events/s while other programs take the processors
"""
import argparse
import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = f"{ROOT}/build/release"
TICK = os.sysconf("SC_CLK_TCK")
KEY = "bench-key"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    end = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def call(url, body=None, method=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"X-API-Key": KEY, "Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.loads(reply.read() or b"null")


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def rss_kb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


class Server:
    """A running server: its pids, and what the load must know to reach it."""

    def __init__(self, folder, process, arguments):
        self.folder, self.process, self.arguments = folder, process, arguments

    def pids(self):
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        return [self.process.pid, *map(int, children)]

    def begin(self):
        pass

    def subscribers(self):
        return None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Ours(Server):
    """The service and a simulated room that is silent until begin()."""

    def __init__(self, folder, rate, count, batch=False, settings=None, burst=5, program=f"{BUILD}/profile-api"):
        sim_port, port = free_port(), free_port()
        self.sim_origin, self.origin = f"http://127.0.0.1:{sim_port}", f"http://127.0.0.1:{port}"
        self.sim = subprocess.Popen(
            [f"{BUILD}/webcast-sim", "--port", str(sim_port), "--user", "host", "--rate", str(rate),
             "--count", str(int(count * 1.2)),  # it slows down at its end, when only streaks are left
             "--backlog", "0", "--tick", str(burst), "--seed", "7"], stdout=subprocess.DEVNULL)
        database = f"{folder}/fanout-{port}.db"
        environment = {"PATH": os.environ["PATH"], "API_KEY": KEY, "RATE_LIMIT_WEBSOCKET_REQUESTS": "1000000",
                       "WEBSOCKET_MAX_PER_KEY": "1000000", "WEBSOCKET_MAX_PER_ADDRESS": "1000000", "HOST": "127.0.0.1", "PORT": str(port),
                       "DATABASE_URL": f"sqlite:///{database}", "TIKTOK_WEB_URL": self.sim_origin,
                       "TIKTOK_WEBCAST_URL": self.sim_origin, "TIKTOK_SIGN_URL": self.sim_origin, "LOG_LEVEL": "WARNING", "LOG_TO_FILE": "false",
                       "LIVE_CHECK_INTERVAL": "1", **(settings or {})}
        if program == f"{BUILD}/profile-api":  # a baseline may be older than this setting
            environment["SERVER_MAX_CONNECTIONS_PER_ADDRESS"] = "0"
        process = subprocess.Popen([program], env=environment, cwd=folder, stdout=subprocess.DEVNULL)
        wait_for(sim_port)
        wait_for(port)
        call(f"{self.sim_origin}/sim/fault?user=host&kind=offline", method="POST")
        call(f"{self.origin}/connect", {"session_id": "s", "username": "host", "wait_until_live": True})
        path = f"/ws/events/s?api_key={KEY}" + ("&batch=1" if batch else "")
        super().__init__(folder, process, ["--kind", "ours", "--port", str(port), "--path", path, "--events", str(count)])

    def pids(self):
        return [self.process.pid]

    def begin(self):
        call(f"{self.sim_origin}/sim/fault?user=host&kind=clear", method="POST")

    def subscribers(self):
        return call(f"{self.origin}/sessions/s")["subscribers"]

    def stop(self):
        super().stop()
        self.sim.send_signal(signal.SIGTERM)
        self.sim.wait()


def nchan(folder, rate, count, size, burst):
    port = free_port()
    conf = f"{folder}/nchan-{port}.conf"
    with open(conf, "w") as f:
        f.write(f"""
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
worker_processes 1; worker_rlimit_nofile 20000; daemon off; pid {folder}/nchan.pid; error_log {folder}/nchan.log;
events {{ worker_connections 16384; }}
http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  nchan_shared_memory_size 256M;
  server {{ listen 127.0.0.1:{port}; root {folder};
    location = /publish {{ nchan_publisher; nchan_channel_id events; nchan_message_buffer_length 5000; nchan_message_timeout 1m; }}
    location = /subscribe {{ nchan_subscriber websocket; nchan_channel_id events; nchan_subscriber_first_message newest; }} }} }}
""")
    process = subprocess.Popen(["nginx", "-c", conf], stderr=subprocess.DEVNULL)
    wait_for(port)
    return Server(folder, process, ["--kind", "nchan", "--port", str(port), "--path", "/subscribe", "--publish", str(port),
                                    "--events", str(count), "--rate", str(rate), "--size", str(size), "--burst", str(burst)])


def nats(folder, rate, count, size, burst):
    port, web_port = free_port(), free_port()
    conf = f"{folder}/nats-{port}.conf"
    with open(conf, "w") as f:
        f.write(f'listen: "127.0.0.1:{port}"\nwebsocket {{ listen: "127.0.0.1:{web_port}", no_tls: true }}\n')
    process = subprocess.Popen(["nats-server", "-c", conf], stderr=subprocess.DEVNULL)
    wait_for(web_port)
    return Server(folder, process, ["--kind", "nats", "--port", str(web_port), "--publish", str(port), "--events", str(count),
                                    "--rate", str(rate), "--size", str(size), "--burst", str(burst)])


def measure(server, sockets, *more):
    """One run: the load's own report, with the server's CPU seconds."""
    load = subprocess.Popen([f"{BUILD}/fanout_load", *server.arguments, "--sockets", str(sockets), *more],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if load.stdout.readline() != "ready\n":
            raise SystemExit("the load did not get ready")
        pids = server.pids()
        before = cpu_seconds(pids)
        load.stdin.write("go\n")
        load.stdin.flush()
        server.begin()
        seen = json.loads(load.stdout.readline())
        seen["cpu"] = cpu_seconds(pids) - before
        seen["subscribers"] = server.subscribers()
        seen["whole"] = seen["disorder"] == 0 and seen["incomplete"] == 0
        return seen
    finally:
        load.stdin.close()
        load.wait()
        server.stop()


KINDS = {
    "ours, a frame each": lambda f, rate, count, size, burst: Ours(f, rate, count, burst=burst),
    "nchan, a frame each": nchan,
    "ours, batches": lambda f, rate, count, size, burst: Ours(f, rate, count, batch=True, burst=burst),
    "nats-server, batches": nats,
}


def compare(folder, options):
    print(f"{options.rounds} interleaved rounds; the load and the source share the machine's {os.cpu_count()} cores with the server")
    for sockets, burst in ((500, 5), (500, 100), (2000, 5), (2000, 100)):
        rate = 200 if sockets == 500 else 100
        cost = {name: [] for name in KINDS}
        for _ in range(options.rounds):
            for name, make in KINDS.items():
                seen = measure(make(folder, rate, rate * 4, options.size, burst), sockets)
                cost[name].append((seen["deliveries"] / seen["cpu"], seen["bytes"] / seen["deliveries"], seen["whole"]))
        how = "evenly spaced" if burst == 5 else f"in bursts each {burst} ms, as rooms talk"
        print(f"\n{sockets} subscribers, {rate} events/s {how}: deliveries per CPU second of the server")
        base = statistics.median(c[0] for c in cost["nchan, a frame each"])
        for name, runs in cost.items():
            median = statistics.median(c[0] for c in runs)
            print(f"  {name:22}{median:12,.0f}  {median / base:5.2f} x nchan  {runs[0][1]:5.0f} bytes each"
                  + ("" if all(c[2] for c in runs) else "  INCOMPLETE"))
    for sockets in (500, 2000):
        print(f"\n{sockets} subscribers, evenly spaced: most deliveries a second at p99 < 100 ms")
        for name, make in KINDS.items():
            print(f"  {name:22}{highest(folder, make, sockets, options)}")


def highest(folder, make, sockets, options):
    """Raises the rate by a quarter until delays or losses say stop."""
    best, rate = None, 40_000 / sockets
    while rate * sockets < 4_000_000:
        rate *= 1.25
        seen = measure(make(folder, rate, int(rate * 3), options.size, 5), sockets)
        if not seen["whole"] or seen["p99_ms"] >= 100:
            break
        per_second = seen["deliveries"] / seen["seconds"]
        if best is None or per_second > best[0]:
            best = (per_second, rate, seen["p50_ms"], seen["p99_ms"], seen["deliveries"] / seen["cpu"])
    if best is None:
        return "none"
    return f"{best[0]:12,.0f} deliveries/s  ({best[1]:,.0f} events/s, p50 {best[2]:.1f} ms, p99 {best[3]:.1f} ms, {best[4]:,.0f} per CPU second)"


def delays(folder, options):
    """Medians over interleaved rounds. A baseline takes part if one is named."""
    programs = [f"{BUILD}/profile-api"] + ([options.baseline] if options.baseline else [])

    def compare_delays(sockets, rate, count, *more):
        seen = {program: [] for program in programs}
        for _ in range(options.rounds):
            for program in programs:
                seen[program].append(measure(Ours(folder, rate, count, program=program), sockets, *more))
        for program, runs in seen.items():
            p50, p99 = (statistics.median(run[name] for run in runs) for name in ("p50_ms", "p99_ms"))
            left = f"; {min(run['subscribers'] for run in runs)} are left at the end" if more else ""
            print(f"    {program}: p50 {p50:.1f} ms, p99 {p99:.1f} ms{left}"
                  + ("" if all(run["whole"] for run in runs) else "  INCOMPLETE"))

    print(f"{options.rounds} interleaved rounds, medians")
    if options.slow_reader:
        print("501 subscribers, 200 events/s; one of them reads a byte a second:")
        for deaf in (0, 1):
            print(f"  {deaf} such readers, delays of the others")
            compare_delays(501, 200, 200 * 40, "--deaf", str(deaf))
        return
    print("From the making of an event (before the simulator's socket) to the subscriber's socket, 50 subscribers:")
    for rate in (200, 2000):
        print(f"  {rate} events/s")
        compare_delays(50, rate, rate * 6)


def idle(folder, options):
    server = Ours(folder, 1, 0)
    before = rss_kb(server.process.pid)
    load = subprocess.Popen([f"{BUILD}/fanout_load", *server.arguments, "--sockets", str(options.sockets)],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    load.stdout.readline()
    subscribed = call(f"{server.origin}/sessions/s")["subscribers"]
    while subscribed < options.sockets:
        subscribed = call(f"{server.origin}/sessions/s")["subscribers"]
    after = rss_kb(server.process.pid)
    print(f"{subscribed:,} idle subscribers: RSS {before / 1024:.1f} MB -> {after / 1024:.1f} MB, "
          f"{(after - before) / subscribed:.2f} KB each")
    load.kill()
    load.wait()
    server.stop()


def soak(folder, options):
    count, rate = options.events, 8000
    settings = {"EVENTS_MAX_PER_SESSION": "50000", "EVENTS_RETENTION_INTERVAL": "1"}
    server = Ours(folder, rate, count, settings=settings)
    load = subprocess.Popen([f"{BUILD}/fanout_load", *server.arguments, "--sockets", "2", "--patience", "20"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    load.stdout.readline()
    load.stdin.write("go\n")
    load.stdin.flush()
    server.begin()
    print(f"{count:,} events at {rate:,}/s, the last 50,000 kept:")
    reached = 0
    while reached < count:
        offset = call(f"{server.origin}/sessions/s")["offset"]
        if offset >= reached:
            print(f"  {offset:>9,} events  RSS {rss_kb(server.process.pid) / 1024:6.1f} MB")
            reached += count // 10
        time.sleep(0.2)
    print(f"  {load.stdout.readline().strip()}")
    load.stdin.close()
    load.wait()
    server.stop()


def busy(folder, options):
    rate, sockets = 1000, 500
    print(f"{sockets} readers that read all they can, {rate} events/s for 30 s; the load, the source and the others share {os.cpu_count()} cores:")
    for others in (0, os.cpu_count(), 4 * os.cpu_count()):
        burners = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(others)]
        try:
            seen = measure(Ours(folder, rate, rate * 30, burst=100), sockets, "--patience", "60")
        finally:
            for burner in burners:
                burner.kill()
                burner.wait()
        print(f"  {others} busy loops beside: {seen['subscribers']} readers are left at the end, {seen['incomplete']} miss events, "
              f"{seen['disorder']} out of order; {seen['deliveries'] / seen['seconds']:,.0f} deliveries/s, "
              f"p50 {seen['p50_ms']:,.0f} ms, p99 {seen['p99_ms']:,.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=300, help="bytes of the rivals' events")
    parser.add_argument("--sockets", type=int, default=9000, help="of --idle; both ends' files count against the limit")
    parser.add_argument("--events", type=int, default=1_000_000, help="of --soak")
    parser.add_argument("--delay", action="store_true")
    parser.add_argument("--slow-reader", action="store_true")
    parser.add_argument("--baseline", help="another profile-api, for --delay and --slow-reader")
    parser.add_argument("--idle", action="store_true")
    parser.add_argument("--soak", action="store_true")
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    folder = tempfile.mkdtemp(prefix="fanout-bench-")
    os.chmod(folder, 0o755)
    try:
        (delays if options.delay or options.slow_reader else idle if options.idle else soak if options.soak else busy if options.busy else compare)(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
