"""Fills a database with the events of an installation that has run for some time, with SQL and without the service.

Rooms speak in turns, in bursts of 20 events, and people come in the order of their first event: so rows of different sessions lie beside each other where
the database keeps the order of arrival. The bodies are those of events that the service has stored, under new numbers. The sessions have ended. SQLite and PostgreSQL get the same rows."""
import re
import sqlite3
import time

from rooms_bench import TOP

BURST = 20
PEOPLE = 20  # times as many as in the template
SPACING_MS = 100
BLOCK = 200_000  # rows in a transaction


def stored_types():
    """The numbers of the event types in PostgreSQL, from the source."""
    with open(f"{TOP}/src/events/postgres_values.hpp") as file:
        listed = re.search(r"stored_types\[\] = \{(.*?)\}", file.read(), re.S).group(1)
    return re.findall(r"EventType::(\w+)", listed)


def template(path):
    """Rows (number, type, user id, username, amount, the body behind its id) of events that the service has stored."""
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT type, user_id, username, amount, body FROM events WHERE type <> 'session' ORDER BY \"offset\" LIMIT 1999").fetchall()
    return [(i, *row[:4], re.sub(r'^\{"offset":\d+,"epoch":"\w+","session_id":"\w+","id":"\d+",', "", row[4])) for i, row in enumerate(rows)]


class Plan:
    """Which rows there are."""

    def __init__(self, events, sessions, rows):
        self.sessions, self.rows = sessions, rows
        self.each = events // sessions // BURST * BURST
        self.events = self.each * sessions
        self.begun = int(time.time() * 1000) - self.each * SPACING_MS

    def newest(self):
        return self.begun + self.each * SPACING_MS

    def blocks(self):
        return ((n, min(n + BLOCK, self.events) - 1) for n in range(0, self.events, BLOCK))

    def numbers(self):
        """SQL of the session and the offset of row n."""
        turn = BURST * self.sessions
        return f"(n % {turn} / {BURST} + 1)", f"(n / {turn} * {BURST} + n % {BURST} + 1)"

    def columns(self, epoch):
        """SQL of key, offset, id, time, person and body. `epoch` is that of a key."""
        key, offset = self.numbers()
        identity = "(7712555627641307205 + n)"
        person = f"CASE user_id WHEN 0 THEN 0 ELSE user_id + n / {len(self.rows)} % {PEOPLE} END"
        body = (f"'{{\"offset\":' || {offset} || ',\"epoch\":\"' || {epoch(key)} || '\",\"session_id\":\"s' || {key} || '\",\"id\":\"' || "
                f"{identity} || '\",' || rest")
        return key, offset, identity, f"{self.begun} + {offset} * {SPACING_MS}", person, body


PEOPLE_SUMS = """sum(CASE type WHEN {comment} THEN 1 ELSE 0 END), sum(CASE type WHEN {gift} THEN amount ELSE 0 END),
  sum(CASE type WHEN {like} THEN amount ELSE 0 END), sum(CASE type WHEN {share} THEN 1 ELSE 0 END)"""
SESSION_COLUMNS = "key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at, started_at, last_offset, bytes, owner"


def fill_sqlite(path, plan):
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; PRAGMA foreign_keys=OFF")
    database.execute("CREATE TEMP TABLE template (i INTEGER PRIMARY KEY, type TEXT, user_id INTEGER, username TEXT, amount INTEGER, rest TEXT)")
    database.executemany("INSERT INTO template VALUES (?, ?, ?, ?, ?, ?)", plan.rows)

    def epoch(key):
        return f"printf('%016d', {key})"

    key, offset, identity, at, person, body = plan.columns(epoch)
    for first, last in plan.blocks():
        database.execute(f"""WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})
          INSERT INTO events (session_key, "offset", id, type, timestamp_ms, user_id, username, amount, body)
          SELECT {key}, {offset}, {identity}, type, {at}, {person}, username, amount, {body}
          FROM numbers CROSS JOIN template ON i = n % {len(plan.rows)}""")
    types = {name: f"'{name}'" for name in stored_types()}
    database.executescript(f"""
      INSERT INTO sessions ({SESSION_COLUMNS})
        SELECT session_key, 's' || session_key, {epoch('session_key')}, 'host' || session_key, session_key, 'disconnected', '', 0, {plan.begun}, {plan.begun},
          max("offset"), sum(length(CAST(body AS BLOB))), 'nobody' FROM events GROUP BY session_key;
      UPDATE session_keys SET last = {plan.sessions};
      INSERT INTO session_people (session_key, user_id, username, nickname, avatar_url, comments, diamonds, likes, shares)
        SELECT session_key, user_id, max(username), max(username), 'https://p16.tiktokcdn.com/img/' || user_id || '~c5_100x100.jpeg',
          {PEOPLE_SUMS.format(**types)} FROM events WHERE user_id <> 0 GROUP BY session_key, user_id ORDER BY min("offset"), session_key;
      INSERT INTO session_spans (session_key, starts_at, kind, n, amount, peak)
        SELECT session_key, timestamp_ms / 10000 * 10000 AS span, type, count(*), sum(amount), max(amount) FROM events GROUP BY session_key, span, type;
      PRAGMA wal_checkpoint(TRUNCATE);""")
    database.close()


def fill_postgres(postgres, name, plan):
    names = stored_types()

    def epoch(key):
        return f"lpad({key}::text, 16, '0')"

    quoted = [(i, names.index(kind), user, person.replace("\\", "\\\\"), amount, rest.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"))
              for i, kind, user, person, amount, rest in plan.rows]
    lines = "".join("\t".join(map(str, row)) + "\n" for row in quoted)
    key, offset, identity, at, person, body = plan.columns(epoch)
    postgres.sql("CREATE TABLE template (i bigint PRIMARY KEY, type smallint, user_id bigint, username text, amount bigint, rest text);\n"
                 f"COPY template FROM STDIN;\n{lines}\\.\nANALYZE template;", name)
    for first, last in plan.blocks():
        postgres.sql(f"""SET synchronous_commit = off;
          INSERT INTO profile_api.events (session_key, "offset", id, timestamp_ms, user_id, amount, type, username, body)
          SELECT {key}, {offset}, {identity}, {at}, {person}, amount, type, username, {body}
          FROM generate_series({first}::bigint, {last}::bigint) AS n JOIN template ON i = n % {len(plan.rows)}""", name)
    types = {kind: names.index(kind) for kind in names}
    texts = "ARRAY[" + ",".join(f"'{kind}'" for kind in names) + "]"
    postgres.sql(f"""SET search_path = profile_api, public; SET synchronous_commit = off;
      INSERT INTO sessions ({SESSION_COLUMNS})
        SELECT session_key, 's' || session_key, {epoch('session_key')}, 'host' || session_key, session_key::text, 'disconnected', '', false, {plan.begun},
          {plan.begun}, max("offset"), sum(octet_length(body)), 'nobody' FROM events GROUP BY session_key;
      SELECT setval(pg_get_serial_sequence('sessions', 'key'), {plan.sessions});
      INSERT INTO session_people (session_key, user_id, username, nickname, avatar_url, comments, diamonds, likes, shares)
        SELECT session_key, user_id, max(username), max(username), 'https://p16.tiktokcdn.com/img/' || user_id || '~c5_100x100.jpeg',
          {PEOPLE_SUMS.format(**types)} FROM events WHERE user_id <> 0 GROUP BY session_key, user_id ORDER BY min("offset"), session_key;
      INSERT INTO session_spans (session_key, starts_at, kind, n, amount, peak)
        SELECT session_key, timestamp_ms / 10000 * 10000 AS span, ({texts})[type + 1], count(*), sum(amount), max(amount) FROM events
          GROUP BY session_key, span, type;
      DROP TABLE template;""", name)
    postgres.sql("VACUUM (ANALYZE);\nCHECKPOINT;", name)
