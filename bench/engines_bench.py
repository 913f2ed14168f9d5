#!/usr/bin/env python3
"""SQLite (batched and strict) beside PostgreSQL 15 with its default settings: what the service costs on each, in interleaved rounds.

  bench/engines_bench.py                   all of the following
  bench/engines_bench.py --only speed      events a second that are stored when 50 rooms have said much at once; CPU of an event
  bench/engines_bench.py --only steady     CPU of an event while 100 rooms say 20 messages a second each
  bench/engines_bench.py --only delay      from the making of an event to the socket of a reader, at 200 and at 2,000 events/s
  bench/engines_bench.py --only full [--events 5000000]
                                           with so many stored events: pages, rankings, the start, retention that deletes 10 %

The ratios are those of one round, beside SQLite batched; then their median, least and greatest. CPU is that of the service and,
separately, of all processes of the PostgreSQL server. The simulator and the load share the processors, so only ratios mean something.
"""
import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

import fanout_bench
import installation
from engines import Engine, Postgres, Service
from rooms_bench import TOP, start

MEASURED = 0.05, 0.85  # from when to when, of all messages. The rooms slow down at their end, when only streaks are left


def load():
    with open("/proc/loadavg") as file:
        return file.read().split()[0]


def sync_ms(folder):
    """The median time of a write of 8 KB with fdatasync, over bytes that the file has."""
    times = []
    with open(f"{folder}/probe", "wb", buffering=0) as file:
        for _ in range(100):
            file.seek(0)
            begun = time.perf_counter()
            file.write(b"x" * 8192)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


class Rooms:
    """Simulated rooms that are silent until `speak`, each followed by a session of a service."""

    def __init__(self, options, count, each, service_of):
        self.users = [f"host{i}" for i in range(count)]
        self.folder = tempfile.mkdtemp(prefix="sim-", dir=options.top)
        self.process, found = start([f"{TOP}/build/release/webcast-sim", "--port", "0", "--rate", "0.1", "--count", str(each),
                                     *[part for user in self.users for part in ("--user", user)]], {}, self.folder, r"listening on http://[^:]+:(\d+)")
        self.origin = f"http://127.0.0.1:{found.group(1)}"
        self.service = service_of({"TIKTOK_WEB_URL": self.origin, "TIKTOK_WEBCAST_URL": self.origin, "TIKTOK_SIGN_URL": self.origin,
                                   "TIKTOK_SIGN_PER_MINUTE": "60000", "LIVE_MAX_SESSIONS_PER_KEY": "1000"})
        for user in self.users:
            self.service.ask("/connect", {"session_id": user, "username": user})

    def speak(self, rate):
        for user in self.users:
            fanout_bench.call(f"{self.origin}/sim/rate?user={user}&rate={rate}", method="POST")

    def speak_while_nobody_listens(self, rate):
        """The service sleeps until all messages wait in the simulator, so that making them takes no time from storing them. It may not sleep for
        as long as its lease lasts, which is 10 s."""
        os.kill(self.service.process.pid, signal.SIGSTOP)
        until, spent = time.monotonic() + 8, 0.0
        self.speak(rate)
        while time.monotonic() < until:
            time.sleep(0.3)
            before, spent = spent, fanout_bench.cpu_seconds([self.process.pid])
            if spent - before < 0.05:
                break
        else:
            print("    the simulator still makes messages", flush=True)
        os.kill(self.service.process.pid, signal.SIGCONT)

    def stored(self):
        """How many events the sessions have now, with the time and the CPU seconds until now."""
        sessions = json.loads(self.service.ask("/sessions")[0])["sessions"]
        return sum(session["offset"] for session in sessions), time.monotonic(), *self.service.cpu()

    def stop(self):
        self.service.stop()
        self.process.kill()
        self.process.wait()


def follow(options, engine, rooms, each, measured):
    """Gives what `measured` sees of rooms that speak between two looks: events a second and the CPU of an event."""
    engine.make_database()
    running = Rooms(options, rooms, each, lambda settings: Service(options.program, engine, settings))
    try:
        first, last = measured(running, rooms * each)
        events, seconds, service, server = (b - a for a, b in zip(first, last))
        return {"events/s": events / seconds, **costs(events, service, server)}
    finally:
        running.stop()
        engine.remove_database()


def costs(events, service, server):
    """CPU of an event, from seconds of the service and of the database server."""
    return {"service µs": service / events * 1e6, "server µs": server / events * 1e6, "together µs": (service + server) / events * 1e6}


def all_at_once(running, total):
    begin, end = (share * total for share in MEASURED)
    first = None
    running.speak_while_nobody_listens(5000)
    while True:
        look = running.stored()
        if first is None and look[0] >= begin:
            first = look
        if look[0] >= end:
            return first, look
        time.sleep(0.05)


def for_ten_seconds(running, _):
    running.speak(20)
    time.sleep(4)
    first = running.stored()
    time.sleep(10)
    return first, running.stored()


def delay(options, engine, rate):
    engine.make_database()
    try:
        service = fanout_bench.Ours(engine.folder, rate, rate * 10, settings=engine.settings())
        seen = fanout_bench.measure(service, 16)
        if not seen["whole"]:
            print(f"    {engine.name}: INCOMPLETE", flush=True)
        return {"p50 ms": seen["p50_ms"], "p99 ms": seen["p99_ms"]}
    finally:
        engine.remove_database()


def in_rounds(options, engines, title, measure):
    """Runs the engines in turns, each round in another order, and prints the medians and the ratios of each round."""
    print(f"\n{title}", flush=True)
    rounds = []
    for i in range(options.rounds):
        seen = {}
        for engine in engines[i % len(engines):] + engines[:i % len(engines)]:
            before = load()
            seen[engine.name] = measure(engine)
            figures = "  ".join(f"{name} {value:,.1f}" for name, value in seen[engine.name].items())
            print(f"    round {i + 1}, {engine.name:16} {figures}  (load {before} to {load()})", flush=True)
        rounds.append(seen)
    compare([engine.name for engine in engines], rounds)


def compare(names, rounds):
    base = names[0]
    for figure in rounds[0][base]:
        for name in names:
            values = [seen[name][figure] for seen in rounds]
            ratios = [seen[name][figure] / seen[base][figure] for seen in rounds if seen[base][figure]]
            ratio = f"{statistics.median(ratios):6.2f} x {base} ({min(ratios):.2f} to {max(ratios):.2f})" if ratios and name != base else ""
            print(f"  {figure:16}{name:18}{statistics.median(values):12,.1f}  {ratio}", flush=True)


class Filled:
    """The databases with many events. SQLite reads the same in both durabilities, so it has one file."""

    def __init__(self, options, sqlite, strict, postgres):
        self.options, self.reading = options, [sqlite, postgres]
        self.kept = dict.fromkeys(self.reading)
        rows = self.template(sqlite)
        for engine in self.reading:
            engine.make_database()
            Service(options.program, engine).stop()  # makes the tables
        self.plan = plan = installation.Plan(options.events, options.sessions, rows)
        self.kept = dict.fromkeys(self.reading, plan.each)  # events of a session
        strict.folder, strict.database = sqlite.folder, sqlite.database
        self.file_of = {sqlite: sqlite, strict: sqlite, postgres: postgres}
        for engine in self.reading:
            begun = time.monotonic()
            if engine.postgres:
                installation.fill_postgres(engine.postgres, engine.database, plan)
                size = int(engine.postgres.sql(f"SELECT pg_database_size('{engine.database}')"))
            else:
                installation.fill_sqlite(engine.database, plan)
                size = os.path.getsize(engine.database)
            print(f"  {plan.events:,} events in {plan.sessions} sessions written into {engine.name} in {time.monotonic() - begun:.0f} s: {size / 2**20:,.0f} MiB, "
                  f"{size / plan.events:.0f} bytes an event (load {load()})", flush=True)

    def template(self, engine):
        engine.make_database()
        running = Rooms(self.options, 1, 3000, lambda settings: Service(self.options.program, engine, settings))
        running.speak(3000)
        while running.stored()[0] < 2500:
            time.sleep(0.1)
        running.stop()
        rows = installation.template(engine.database)
        engine.remove_database()
        return rows

    def reads(self):
        """One page of each engine in turns, so that both meet the same load."""
        services = {engine.name: Service(self.options.program, engine) for engine in self.reading}
        places = {"page at the begin": 0, "page in the middle": self.plan.each // 2, "page at the end": self.plan.each - 1500}
        times = {what: {name: [] for name in services} for what in [*places, "leaderboard", "leaderboard of the last 6,000 events"]}
        choose = random.Random(7)
        begun = load()
        try:
            for i in range(self.options.asks):
                for what in times:
                    session, after = f"s{choose.randint(1, self.plan.sessions)}", places.get(what, 0) + choose.randint(0, 900)
                    window = 600 + (int(time.time() * 1000) - self.plan.newest()) // 1000
                    path = {"leaderboard": f"/sessions/{session}/leaderboard?by=gifts&limit=50",
                            "leaderboard of the last 6,000 events": f"/sessions/{session}/leaderboard?by=gifts&limit=50&window={window}"}.get(
                                what, f"/sessions/{session}/events?after={after}&limit=500")
                    answers = []
                    for name, service in list(services.items())[::1 if i % 2 else -1]:
                        answer, took = service.ask(path)
                        times[what][name].append(took)
                        answers.append(answer)
                    if i == 0:
                        self.check_alike(what, *map(json.loads, answers))
        finally:
            for service in services.values():
                service.stop()
        print(f"\nOver HTTP, {self.options.asks} asks of each, in turns, ms (load {begun} to {load()})")
        for what, seen in times.items():
            base = next(iter(seen))
            for name, took in seen.items():
                ratio = f"{statistics.median(took) / statistics.median(seen[base]):6.2f} x" if name != base else ""
                print(f"  {what:38}{name:18}p50 {statistics.median(took):7.1f}  p99 {sorted(took)[int(len(took) * 0.99)]:7.1f} {ratio}", flush=True)

    @staticmethod
    def check_alike(what, one, other):
        if what.startswith("page"):
            assert len(one["events"]) == 500, what
            assert [event["id"] for event in one["events"]] == [event["id"] for event in other["events"]], what
        else:
            assert len(json.dumps(one)) > 1000, (what, one)

    def starts(self):
        for how, title in ((signal.SIGTERM, "after an orderly stop"), (signal.SIGKILL, "after SIGKILL")):
            for engine in self.reading:
                Service(self.options.program, engine).stop(how)

            def measure(engine, how=how):
                service = Service(self.options.program, engine)
                service.stop(how)
                return {"ready after ms": service.ready_ms}

            in_rounds(self.options, self.reading, f"The start until \"Service ready\", {title}", measure)
        for engine in self.reading:
            Service(self.options.program, engine).stop()

    def retention(self, engine):
        """Deletes 10 % of the events that there were at first."""
        file = self.file_of[engine]
        self.kept[file] -= self.plan.each // 10
        earliest = self.plan.each - self.kept[file] + 1
        service = Service(self.options.program, engine, {"EVENTS_MAX_PER_SESSION": str(self.kept[file])})
        begun, before = time.monotonic(), service.cpu()
        waiting = [f"s{key}" for key in range(1, self.plan.sessions + 1)]
        try:
            while waiting:
                page = json.loads(service.ask(f"/sessions/{waiting[-1]}/events?after=0&limit=1")[0])
                if page["events"][0]["offset"] < earliest:
                    time.sleep(0.05)
                    continue
                assert page["events"][0]["offset"] == earliest
                waiting.pop()
            seconds, after = time.monotonic() - begun, service.cpu()
        finally:
            service.stop()
        events = self.plan.each // 10 * self.plan.sessions
        return {"seconds": seconds, "events/s": events / seconds, **costs(events, after[0] - before[0], after[1] - before[1])}


def full(options, sqlite, strict, postgres):
    print(f"\n{options.events:,} stored events; all of them fit into the memory of this machine")
    filled = Filled(options, sqlite, strict, postgres)
    filled.reads()
    filled.starts()
    in_rounds(options, [sqlite, strict, postgres], "A pass of retention that deletes 10 % of the events", filled.retention)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("speed", "steady", "delay", "full"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=300_000, help="that are stored, for full")
    parser.add_argument("--sessions", type=int, default=50, help="that they belong to")
    parser.add_argument("--asks", type=int, default=200, help="of each kind, for full")
    parser.add_argument("--each", type=int, default=8_000, help="messages of each of the 50 rooms, for speed")
    parser.add_argument("--program", default=f"{TOP}/build/release/profile-api")
    options = parser.parse_args()
    if options.events < 4000 * options.sessions:
        parser.error("--events: each of the --sessions must have 4,000 events or more, so that there are pages to ask for")
    options.top = tempfile.mkdtemp(prefix="engines-bench-")
    os.chmod(options.top, 0o755)
    postgres = Postgres(options.top)
    try:
        sqlite, strict, other = Engine("SQLite, batched"), Engine("SQLite, strict", durability="strict"), Engine("PostgreSQL", postgres)
        engines = [sqlite, strict, other]
        for engine in engines:
            engine.top = options.top
        version = postgres.sql("SHOW server_version")
        print(f"PostgreSQL {version}, {os.cpu_count()} cores, a write of 8 KB with fdatasync {sync_ms(options.top):.2f} ms (load {load()})", flush=True)
        if options.only in (None, "speed"):
            in_rounds(options, engines, f"{options.each:,} messages of each of 50 rooms wait",
                      lambda engine: follow(options, engine, 50, options.each, all_at_once))
        if options.only in (None, "steady"):
            in_rounds(options, engines, "100 rooms say 20 messages a second each",
                      lambda engine: follow(options, engine, 100, 1000, for_ten_seconds))
        for rate in (200, 2000) if options.only in (None, "delay") else ():
            in_rounds(options, engines, f"From the making of an event to the socket of a reader, {rate:,} events/s",
                      lambda engine, rate=rate: delay(options, engine, rate))
        if options.only in (None, "full"):
            full(options, *engines)
    finally:
        postgres.stop()
        shutil.rmtree(options.top)


if __name__ == "__main__":
    main()
