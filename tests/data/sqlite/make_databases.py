#!/usr/bin/env python3
"""Usage: tests/data/sqlite/make_databases.py

Writes one file NN_COMMIT.sql for each combination of schema versions that a program before the numbered migrations could leave
in a new database. The schema scripts are those of the git history (the whole history must be there). The rows are made here: a
few in each table, with the columns of that time. src/app/earlier_databases_test.cpp opens each, migrates it and finds the rows.
"""
import hashlib, os, re, sqlite3, subprocess

LAST_COMMIT = '8c92b1d'  # the last one without migrations/
# Scripts that were changed before any program with them was given out: no database has them.
#   8f6374: sessions with a cursor as version 1 of events, between two commits of one night.
#   714d37: accounts, before anything called them.
NEVER_GIVEN_OUT = {'8f6374', '714d37'}

GIFT = '{"type":"gift","id":"g1","streak_id":"s-9","streak_end":false}'
ROWS = {
    'sessions': [
        dict(key=1, session_id='quiz', epoch='e1', username='Ann', room_id='70', state='connected', reason='', wait_until_live=1,
             created_at=5, started_at=6, last_offset=2, bytes=99, cursor='t-1', owner='u1', started_by='k1', heard_at=2000),
        dict(key=2, session_id='talk', epoch='e2', username='', room_id='71', state='ended', reason='', wait_until_live=0,
             created_at=7, started_at=8, last_offset=0, bytes=0, cursor='', owner='u1', started_by='k1', heard_at=0)],
    'events': [
        dict(session_key=1, offset=1, id='c1', type='comment', timestamp_ms=1000, user_id=7, username='bob', amount=0,
             body='{"type":"comment","id":"c1"}'),
        dict(session_key=1, offset=2, id='g1', type='gift', timestamp_ms=2000, user_id=8, username='carl', amount=5, body=GIFT)],
    'room_cursors': [dict(room='ann', room_id='70', cursor='t-1')],
    'upstream_positions': [dict(room='ann', room_id='70', cursor='t-1', likes=0, heard_at=2000, platform_time=2100)],
    'open_streaks': [dict(session_key=1, streak_id='s-9', body=GIFT)],
    'trimmed_events': [dict(session_key=2, offset=1, id='c0', streak_id='', count=0, timestamp_ms=500)],
    'session_people': [dict(session_key=1, user_id=8, username='carl', nickname='Carl', avatar_url='', comments=0, diamonds=5,
                            likes=0, shares=0)],
    'session_spans': [dict(session_key=1, starts_at=0, kind='gift', n=1, amount=5, peak=5)],
    'session_now': [dict(session_key=1, viewers=12)],
    'profile_images': [dict(hash='h1', type=1, width=2, height=3, bytes=b'\x00\xff')],
    'profiles': [dict(username='ann', nickname='Ann', source=1, priority=3, image_hash='h1', created_at=1, cached_at=2,
                      expires_at=3, look_again_at=4)],
    'users': [dict(id='u1', username='Ann', name_key='ann', email='a@example.org', role='admin', password='$argon2id$', active=1,
                   demo=0, created_at=1, last_login_at=2)],
    'api_keys': [dict(id='k1', user_id='u1', name='bot', hash='h', preview='ab', parent_id='', permissions=1, created_at=1,
                      expires_at=2, last_used=0, active=1)],
    'token_families': [dict(id='f1', user_id='u1', created_at=1, expires_at=2, current='c', current_at=1, previous='')],
    'revoked_tokens': [dict(family='f0', user_id='u1', revoked_at=1, expires_at=2)],
    'login_failures': [dict(name_key='bob', failures=3, locked_until=0, last_at=9)],
    'auth_changes': [dict(version=1, kind=0, id='u1')],
    'audit_log': [dict(id=1, at=1, kind='login', success=1, username='ann', client_ip='', endpoint='', subject='', reason='',
                       correlation_id='')],
    'ended_logs': [dict(session_id='old', ended_at=1)],
    'gifts': [dict(id=5655, name='Rose', diamonds=1, image_url='', type=1, streakable=1)],
    'gift_list': [dict(one=1, listed_at=1, updated_at=1)],
    'people': [dict(user_id=8, username='carl', nickname='Carl', seen_at=9)],
    'installation': [dict(name='picture_secret', value=bytes(range(32)))],
    'identity': [dict(one=1, database_id='d1', generation=1, starts=2, deletions=0)],
    'session_shares': [dict(session_key=1, reader='k1', shared_at=1)],
    'write_check': [dict(one=1, written_at=1)],
}
LITERAL = re.compile(r'R"sql\((.*?)\)sql"|"((?:[^"\\]|\\.)*)"', re.S)


def git(*arguments):
    return subprocess.run(['git', *arguments], capture_output=True, text=True, check=False).stdout


def scripts_of(text):
    """The arrays of SQL literals of a source file, by name."""
    arrays = {}
    for start in re.finditer(r'constexpr const char\* (\w+)\[\]\s*=\s*\{', text):
        at, scripts, script = start.end(), [], ''
        while text[at] != '}':
            if space := re.compile(r'\s+|//[^\n]*\n').match(text, at):
                at = space.end()
            elif literal := LITERAL.match(text, at):
                script += literal[1] if literal[1] is not None else literal[2].encode().decode('unicode_escape')
                at = literal.end()
            elif text[at] == ',':
                scripts.append(script)
                script, at = '', at + 1
            else:
                break  # no array of literals
        else:
            arrays[start[1]] = scripts + ([script] if script.strip() else [])
    return arrays


def components_at(commit):
    """The scripts of each component of that commit's program."""
    files = git('grep', '-l', '-E', r'migrate\(|schema\[\]', commit, '--', 'src').split()
    texts = {name: git('show', name) for name in files if '_test' not in name}
    everywhere = {key: value for text in texts.values() for key, value in scripts_of(text).items()}
    components = {}
    for text in texts.values():
        here = scripts_of(text)
        for component, array in re.findall(r'migrate\(\s*"(\w+)",\s*(\w+)', text):
            components[component] = here.get(array) or everywhere[array]
    return components


def digest(script):
    return hashlib.sha1(' '.join(re.sub(r'--[^\n]*', '', script).split()).encode()).hexdigest()[:6]


def make_database(components):
    database = sqlite3.connect(':memory:')
    database.execute('CREATE TABLE schema_versions(component TEXT PRIMARY KEY, version INTEGER NOT NULL)')
    # A trigger needs its table.
    for component in sorted(components, key=lambda name: (name == 'share_endings', name)):
        for script in components[component]:
            database.executescript(script)
        database.execute('INSERT INTO schema_versions VALUES (?, ?)', (component, len(components[component])))
    for table, rows in ROWS.items():
        columns = {row[1] for row in database.execute(f'PRAGMA table_info({table})')}
        for row in rows if columns else []:
            row = {name: value for name, value in row.items() if name in columns}
            names = ', '.join(f'"{name}"' for name in row)
            database.execute(f'INSERT INTO {table}({names}) VALUES ({", ".join("?" * len(row))})', list(row.values()))
    database.commit()
    return '\n'.join(database.iterdump())


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    for name in os.listdir('.'):
        if name.endswith('.sql'):
            os.remove(name)
    top = git('rev-parse', '--show-toplevel').strip()
    here = os.getcwd()
    os.chdir(top)
    seen = set()
    for commit in git('log', '--reverse', '--topo-order', '--format=%h', LAST_COMMIT).split():
        components = components_at(commit)
        versions = tuple(sorted((name, len(scripts)) for name, scripts in components.items()))
        if not components or versions in seen:
            continue
        if any(digest(script) in NEVER_GIVEN_OUT for scripts in components.values() for script in scripts):
            continue
        seen.add(versions)
        line = ', '.join(f'{name} {version}' for name, version in versions)
        with open(f'{here}/{len(seen):02}_{commit}.sql', 'w', encoding='utf-8') as file:
            file.write(f'-- {line}\n{make_database(components)}\n')


main()
