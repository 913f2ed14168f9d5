"""The databases that bench/engines_bench.py compares: SQLite, and a PostgreSQL 15 of its own with the server's default settings."""
import http.client
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from fanout_bench import KEY, TICK, cpu_seconds, free_port
from rooms_bench import start

PROGRAMS = "/usr/lib/postgresql/15/bin"
READY = r'"Service ready".*"url":"http://[^"]*:(\d+)".*"ready_ms":([0-9.]+)'


class Postgres:
    """A server that ends with this process. All its settings are the defaults: fsync and synchronous_commit are on, shared_buffers is 128 MB."""

    def __init__(self, folder):
        self.folder, self.port, self.made = f"{folder}/postgres", free_port(), 0
        os.mkdir(self.folder)
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        subprocess.run(self._as_server([f"{PROGRAMS}/initdb", f"--pgdata={self.folder}/data", "--username=bench", "--encoding=UTF8",
                                        "--locale=C.UTF-8", "--auth=trust"]), check=True, stdout=subprocess.DEVNULL, cwd="/")
        command = [f"{PROGRAMS}/postgres", "-D", f"{self.folder}/data", "-p", str(self.port), "-h", "127.0.0.1", "-k", self.folder]
        with open(f"{folder}/postgres.log", "w") as log:
            self.process = subprocess.Popen(self._as_server(command), stdout=log, stderr=log, cwd="/")
        while subprocess.run([f"{PROGRAMS}/pg_isready", "-q", "-h", self.folder, "-p", str(self.port)]).returncode != 0:
            if self.process.poll() is not None:
                raise SystemExit(f"PostgreSQL did not start; see {folder}/postgres.log")
            time.sleep(0.1)

    @staticmethod
    def _as_server(command):
        user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        return ["setpriv", *user, "--pdeathsig", "QUIT", *command]

    def sql(self, text, database="postgres"):
        """Runs SQL and gives its rows, columns separated by '|'."""
        done = subprocess.run([f"{PROGRAMS}/psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port), "-U", "bench",
                               "-d", database], input=text, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"psql: {done.stderr}")
        return done.stdout.strip()

    def make_database(self):
        self.made += 1
        self.sql(f"CREATE DATABASE bench{self.made}")
        return f"bench{self.made}"

    def url(self, database):
        return f"postgresql://bench@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def cpu_seconds(self):
        """Of the whole server, with processes that have ended."""
        pid = self.process.pid
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        seconds = sum(int(field) for field in fields[11:15]) / TICK
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = file.read().split()
        for child in children:
            try:
                seconds += cpu_seconds([child])
            except OSError:  # it has just ended
                pass
        return seconds

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


class Engine:
    """A way to run the service: a new database for each run, and what the service must be told of it."""

    def __init__(self, name, postgres=None, durability="batched"):
        self.name, self.postgres, self.durability = name, postgres, durability

    def make_database(self):
        self.folder = tempfile.mkdtemp(prefix="run-", dir=self.top)
        self.database = self.postgres.make_database() if self.postgres else f"{self.folder}/bench.db"

    def remove_database(self):
        """And lets the server write out what it still holds of it, so that the next run does not pay for it."""
        if self.postgres:
            self.postgres.sql(f"DROP DATABASE {self.database} WITH (FORCE)")
            self.postgres.sql("CHECKPOINT")
        shutil.rmtree(self.folder)
        os.sync()

    def settings(self):
        url = self.postgres.url(self.database) if self.postgres else f"sqlite:///{self.database}"
        return {"DATABASE_URL": url, "EVENTS_DURABILITY": self.durability}

    def server_cpu(self):
        return self.postgres.cpu_seconds() if self.postgres else 0.0


class Service:
    """A running profile-api."""

    def __init__(self, program, engine, settings=None):
        env = {"API_KEY": KEY, "HOST": "127.0.0.1", "PORT": "0", "LOG_FORMAT": "json", "LOG_TO_FILE": "false", "LOG_LEVEL": "INFO", "RATE_LIMIT_ENABLED": "false",
               "AVATAR_LIVE_ENABLED": "false", "SESSIONS_SHARED": "true", **engine.settings(), **(settings or {})}
        self.engine = engine
        self.process, found = start([program], env, engine.folder, READY)
        self.port, self.ready_ms = int(found.group(1)), float(found.group(2))
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, path, body=None):
        """The answer as bytes, and how many milliseconds it took."""
        data = json.dumps(body) if body is not None else None
        begun = time.perf_counter()
        self.connection.request("GET" if body is None else "POST", path, data, {"X-API-Key": KEY, "Content-Type": "application/json"})
        reply = self.connection.getresponse()
        content = reply.read()
        took = (time.perf_counter() - begun) * 1000
        if reply.status >= 300:
            raise SystemExit(f"{self.engine.name}: {path} answered {reply.status}: {content[:300]}")
        return content, took

    def cpu(self):
        """Seconds of the service and of the database server."""
        return cpu_seconds([self.process.pid]), self.engine.server_cpu()

    def stop(self, how=signal.SIGTERM):
        self.connection.close()
        self.process.send_signal(how)
        self.process.wait()
