#!/usr/bin/env python3
"""Small changes of the code that break a promise (tests/mutants.json), each run against the tests of its unit.

A test suite that passes with such a change does not test the promise. The unchanged code is built once, in a copy of
the working tree (build/mutate/tree) with a build folder and a compiler cache of its own, without optimisation and
without unity builds. A mutant is the changed source, compiled alone and linked with the test source of its row before
the libraries of that build, so that it costs one source and one small link. The working tree is never touched.

A mutant of a header is compiled into the source of the same name and into the tests only, so it may change constants
and inline functions, but not the layout of a class.

Result of a mutant:
  killed      a test failed, crashed or took longer than the time limit
  known       all tests passed, and the row says in `survives` why no test can notice it
  survived    all tests passed
  not built   the changed code does not compile: an error of the row
  stale       the original text is not in the file exactly once: an error of the row
  not run     the time was over

Exits with 1 if there is a survivor that is not known, an error, or a mutant that was not run.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / 'build/mutate'
TREE = WORK / 'tree'
BUILD = WORK / 'build'
PROGRAM = BUILD / 'mutation_tests'
LIST = TOP / 'tests/mutants.json'
MOST_OF_A_BUILD = 600  # seconds
MOST_OF_A_TEST = 60
FIELDS = {'file', 'old', 'new', 'tests', 'filter', 'breaks', 'survives'}


def fail(text):
    print(f'mutate: {text}', file=sys.stderr)
    sys.exit(1)


def read_list():
    rows = json.loads(LIST.read_text())
    for number, row in enumerate(rows, 1):
        missing = FIELDS - {'survives'} - row.keys()
        unknown = row.keys() - FIELDS
        if missing or unknown:
            fail(f'{LIST.name}, row {number}: missing {sorted(missing)}, unknown {sorted(unknown)}')
        if not (TOP / row['tests']).is_file():
            fail(f"{LIST.name}, row {number}: there is no {row['tests']}")
    return rows


def is_stale(row):
    file = TOP / row['file']
    return row['old'] == row['new'] or not file.is_file() or file.read_text().count(row['old']) != 1


def copy_tree():
    """Writes only what differs, so that the build begins where the last one ended."""
    names = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '--', 'CMakeLists.txt', 'cmake', 'migrations', 'proto', 'src',
                            'tests/*.cpp', 'tests/*.hpp', 'tests/CMakeLists.txt', 'bench/*.cpp'], cwd=TOP, check=True, capture_output=True, text=True).stdout.split('\n')
    for name in filter(None, names):
        if not (TOP / name).is_file():
            continue  # deleted, and not yet committed
        content, copy = (TOP / name).read_bytes(), TREE / name
        if copy.is_file() and copy.read_bytes() == content:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)


def run(command, seconds, folder=TOP):
    """Return code and output; None instead of a code where the time was over."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', start_new_session=True,
                               env={**os.environ, 'CCACHE_DIR': str(WORK / 'ccache'), 'CCACHE_MAXSIZE': '1G'})
    try:
        output, _ = process.communicate(timeout=seconds)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return None, ''


def build_unchanged(rows, seconds):
    tests = ';'.join(sorted({row['tests'] for row in rows}))
    code, output = run(['cmake', '-S', str(TREE), '-B', str(BUILD), '-G', 'Ninja', '-DCMAKE_CXX_COMPILER=g++', '-DCMAKE_BUILD_TYPE=None',
                        '-DPAPI_UNITY=OFF', f'-DPAPI_ONLY_TESTS={tests}'], MOST_OF_A_BUILD)
    if code != 0:
        fail(f'cannot be configured:\n{output}')
    code, output = run(['cmake', '--build', str(BUILD), '--target', PROGRAM.name], max(seconds, 1))
    if code is None:
        fail('the time was over during the first build; run it again, it goes on from there')
    if code != 0:
        fail(f'the unchanged code does not build:\n{output[-4000:]}')


def passes(program, row):
    """Whether the unit's tests pass. A filter that selects no test is an error of the row."""
    code, output = run([str(program), f"--gtest_filter={row['filter']}", '--gtest_brief=1', '--gtest_fail_fast'], MOST_OF_A_TEST)
    if code == 0 and not re.search(r'\[=+\] [1-9]\d* tests? from', output):
        fail(f"no test is selected by {row['filter']}")
    return code == 0, output


def check_unchanged(rows):
    """The tests pass without any change, else they could not tell."""
    for row in {row['filter']: row for row in rows}.values():
        passed, output = passes(PROGRAM, row)
        if not passed:
            fail(f"the unchanged code fails {row['filter']}:\n{output[-4000:]}")


class Commands:
    """How the build compiles a source and links the tests, with other files in their place."""

    def __init__(self):
        entries = json.loads((BUILD / 'compile_commands.json').read_text())
        self.by_source = {os.path.relpath(entry['file'], TREE): entry for entry in entries}
        listed = subprocess.run(['ninja', '-t', 'commands', PROGRAM.name], cwd=BUILD, check=True, capture_output=True, text=True).stdout
        self.linking = shlex.split(listed.strip().split('\n')[-1])[2:-2]  # between ": &&" and "&& :"

    def compile(self, source, file, target, include):
        words = shlex.split(self.by_source[source]['command'])
        out = []
        for word in words:
            if out and out[-1] == '-o':
                word = str(target)
            out.append(str(file) if word == str(TREE / source) else word)
        first = next(i for i, word in enumerate(out) if word.startswith('-I'))
        return out[:first] + ['-I', str(include)] + out[first:] + ['-w']  # what a change leaves unused is no error

    def link(self, objects, program):
        first = next(i for i, word in enumerate(self.linking) if word.endswith('.o'))
        words = [word for word in self.linking if not word.endswith('.o')]
        words[words.index('-o') + 1] = str(program)
        return words[:first] + [str(o) for o in objects] + words[first:]

    def object_of(self, source):
        words = shlex.split(self.by_source[source]['command'])
        return BUILD / words[words.index('-o') + 1]


def result_of(number, row, commands):
    if is_stale(row):
        return 'stale'
    place = WORK / 'mutants' / str(number)
    shutil.rmtree(place, ignore_errors=True)
    changed = place / row['file']
    changed.parent.mkdir(parents=True)
    changed.write_text((TREE / row['file']).read_text().replace(row['old'], row['new']))
    header = changed.suffix == '.hpp'
    unit = str(Path(row['file']).with_suffix('.cpp'))
    to_compile = [unit, row['tests']] if header else [unit]
    objects = [] if header else [commands.object_of(row['tests'])]
    try:
        for source in to_compile:
            file = TREE / source if header else changed
            objects.append(place / (Path(source).name + '.o'))
            code, output = run(commands.compile(source, file, objects[-1], place / 'src'), MOST_OF_A_BUILD, BUILD)
            if code != 0:
                row['output'] = output
                return 'not built'
        program = place / PROGRAM.name
        code, output = run(commands.link(objects, program), MOST_OF_A_BUILD, BUILD)
        if code != 0:
            row['output'] = output
            return 'not built'
        passed, _ = passes(program, row)
        return 'killed' if not passed else 'known' if row.get('survives') else 'survived'
    finally:
        shutil.rmtree(place, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog='./dev mutate', description='Runs the mutants of tests/mutants.json against the unit tests.')
    parser.add_argument('path', nargs='?', default='', help='only mutants of files whose path contains this')
    parser.add_argument('--list', action='store_true', help='lists the mutants and runs none')
    parser.add_argument('--time', type=int, default=3600, metavar='SECONDS', help='begins no mutant after that time (default: 3600)')
    asked = parser.parse_args()
    everything = read_list()
    rows = [row for row in everything if asked.path in row['file']]
    if not rows:
        fail(f'no mutant of a file whose path contains {asked.path!r}')
    if asked.list:
        for row in rows:
            print(f"{'stale     ' if is_stale(row) else ''}{row['file']}: {row['breaks']}")
        return 1 if any(map(is_stale, rows)) else 0

    begun = time.monotonic()
    copy_tree()
    build_unchanged(everything, asked.time)
    check_unchanged(rows)
    commands = Commands()

    def attempt(numbered):
        number, row = numbered
        over = time.monotonic() - begun > asked.time
        result = 'not run' if over else result_of(number, row, commands)
        print(f"{result:<10}{row['file']}: {row['breaks']}", flush=True)
        return result, row

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        results = list(workers.map(attempt, enumerate(rows)))
    kinds = ('killed', 'known', 'survived', 'not built', 'stale', 'not run')
    print(f'\n{len(results)} mutants in {time.monotonic() - begun:.0f} s: ' + ', '.join(f'{sum(r == kind for r, _ in results)} {kind}' for kind in kinds))
    for result, row in results:
        if result == 'known':
            print(f"\nknown  {row['file']}: {row['breaks']}\n  because {row['survives']}")
        elif result == 'killed' and row.get('survives'):
            print(f"\nkilled, although it says that it survives  {row['file']}: {row['breaks']}")
    bad = [(result, row) for result, row in results if result not in ('killed', 'known')]
    for result, row in bad:
        print(f"\n{result}  {row['file']}: {row['breaks']}\n  - {row['old']}\n  + {row['new']}\n  tests: {row['filter']}")
        if 'output' in row:
            print(row['output'][-1000:])
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
