#!/usr/bin/env python3
"""tidy.py [--record | FILE…]: clang-tidy on the named sources, else on all of src that changed since they passed.

What has passed is remembered under a hash of all that the result depends on: the source, the project's headers that it
includes, its compile command, .clang-tidy, and the versions of clang-tidy, Boost and the
C++ library. There are two records: build/tidy/passed of this machine, and .ci/tidy_passed in the repository, so that a new
clone checks only what changed. --record writes the second one when every source has passed.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, "build/release")
TIDY = os.path.join(TOP, "build/tidy")
PLAIN = os.path.join(TIDY, "plain")
PASSED = os.path.join(TIDY, "passed")
COMMON = os.path.join(TOP, "src/platform/precompiled.hpp")
RECORD = os.path.join(TOP, ".ci/tidy_passed")
CLANG_TIDY = "clang-tidy-16"

PRECOMPILED = os.path.join(TIDY, "precompiled.pch")

# The compile commands are g++'s; clang reads the same code without g++'s own flags, and with a precompiled header of its own.
ONLY_GCC = re.compile(
    r"-fcoroutines|-fpch-preprocess|-Wno-restrict|-Wno-maybe-uninitialized|-Wno-mismatched-new-delete|-Wno-stringop-overflow|-Wno-stringop-overread|--param=large-unit-insns=[0-9]+"
    r"|-Wno-subobject-linkage|-Winvalid-pch")
GCC_HEADER = re.compile(r"-include \S*cmake_pch\.hxx")


def run(*command):
    return subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True).stdout


def compile_commands():
    """The command of each source; written for clang into build/tidy too. The release build compiles several sources as one, so a
    build that does not is configured (and never built); generated headers are those of the release build."""
    if not os.path.exists(os.path.join(PLAIN, "build.ninja")):
        run("cmake", "--preset", "release", "-B", PLAIN, "-DPAPI_UNITY=OFF")
    run("ninja", "-C", PLAIN, "build.ninja")  # again, if a CMakeLists.txt has changed
    with open(os.path.join(PLAIN, "compile_commands.json")) as file:
        commands = json.loads(file.read().replace(PLAIN, BUILD))
    for entry in commands:
        entry["command"] = GCC_HEADER.sub(f"-include-pch {PRECOMPILED}", ONLY_GCC.sub("", entry["command"]))
    os.makedirs(TIDY, exist_ok=True)
    with open(os.path.join(TIDY, "compile_commands.json"), "w") as file:
        json.dump(commands, file)
    return {os.path.relpath(entry["file"], TOP): entry["command"] for entry in commands}


@functools.cache
def named_headers(path):
    """The project's headers that a file names, as paths."""
    with open(path) as file:
        names = re.findall(r'^#include [<"]([^">]+)[">]', file.read(), re.M)
    folders = (os.path.dirname(path), os.path.join(TOP, "src"), os.path.join(BUILD, "proto"))
    found = []
    for name in names:
        places = (os.path.join(folder, name) for folder in folders)
        found += [next((place for place in places if os.path.exists(place)), None)]
    return [place for place in found if place]


def headers_of(path):
    """All of the project's headers that a source includes, one through the other."""
    seen, waiting = set(), [path]
    while waiting:
        for header in named_headers(waiting.pop()):
            if header not in seen:
                seen.add(header)
                waiting.append(header)
    return seen


def own_headers(paths):
    """CMake's precompiled header names the folder of the clone, and which there are depends on what was built."""
    return sorted({p for p in paths if p.startswith(TOP + os.sep) and "cmake_pch" not in p})


@functools.cache
def digest_of(path):
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return "absent"


def tools():
    """What clang-tidy's answer depends on beside the project's own text."""
    with open(os.path.join(TOP, ".clang-tidy")) as file:
        configuration = file.read()
    packages = ["clang-tidy-16", "libboost1.81-dev", "libstdc++-12-dev"]
    return configuration + run("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages)


def key_of(source, command, headers, always):
    whole = hashlib.sha256(always.encode())
    whole.update(command.replace(TOP, "").encode())
    for path in [os.path.join(TOP, source)] + own_headers(headers):
        whole.update(f"\n{os.path.relpath(path, TOP)} {digest_of(path)}".encode())
    return whole.hexdigest()[:32]


def precompile(command):
    """The header that most sources begin with, by the command of one of them."""
    words = shlex.split(command)
    # Before the flags stand the compiler and, with ccache, its launcher.
    flags = words[next(i for i, word in enumerate(words) if word.startswith(("-D", "-I"))) : words.index("-o")]
    flags.remove("-include-pch")
    flags.remove(PRECOMPILED)
    subprocess.run(["clang++-16", *flags, "-x", "c++-header", COMMON, "-o", PRECOMPILED], cwd=TOP, check=True)


def tidy(source):
    begun = time.monotonic()
    done = subprocess.run([CLANG_TIDY, "-p", TIDY, "--quiet", source], cwd=TOP, capture_output=True, text=True)
    return source, done, time.monotonic() - begun


def sources_of_src():
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "src/*.cpp").split()
    unwanted = re.compile(r"_test\.cpp$|_fuzz\.cpp$|boost_sources")
    return [name for name in listed if not unwanted.search(name) and os.path.exists(os.path.join(TOP, name))]


def recorded():
    try:
        with open(RECORD) as file:
            return {line.split()[0] for line in file if line.strip() and not line.startswith("#")}
    except OSError:
        return set()


def record(keys):
    with open(RECORD, "w") as file:
        file.write("# Written by './dev tidy --record': a line for each source that clang-tidy has passed, with the key that scripts/tidy.py makes for it.\n")
        for source in sorted(keys):
            file.write(f"{keys[source]} {source}\n")


def main(named, to_record):
    commands = compile_commands()
    common = headers_of(COMMON) | {COMMON}
    always = tools()
    os.makedirs(PASSED, exist_ok=True)
    passed = recorded() | set(os.listdir(PASSED))
    keys = {}
    for source in named or sources_of_src():
        # Without a command a source is never taken as known.
        headers = headers_of(os.path.join(TOP, source)) | common
        keys[source] = key_of(source, commands[source], headers, always) if source in commands else None
    waiting = [s for s in keys if named or not keys[s] or keys[s] not in passed]
    print(f"{len(waiting)} of {len(keys)} sources to check", flush=True)
    with_header = [s for s in waiting if PRECOMPILED in commands.get(s, "")]
    if with_header:
        precompile(commands[with_header[0]])
    # The largest first, so that no long one is left for the end.
    waiting.sort(key=lambda s: -os.path.getsize(os.path.join(TOP, s)))
    failed, last, seconds = [], time.monotonic(), {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for count, (source, done, took) in enumerate(pool.map(tidy, waiting), 1):
            seconds[source] = took
            if done.returncode == 0:
                if keys[source]:
                    open(os.path.join(PASSED, keys[source]), "w").close()
            else:
                failed.append(source)
                print(done.stdout or done.stderr, flush=True)
            if time.monotonic() - last >= 20:
                last = time.monotonic()
                print(f"[{count}/{len(waiting)}]", flush=True)
    if os.environ.get("PAPI_TIDY_TIMES"):
        for source in sorted(seconds, key=seconds.get, reverse=True)[:15]:
            print(f"{seconds[source]:6.1f} s  {source}")
    if failed:
        print("clang-tidy refused: " + " ".join(sorted(failed)))
    elif to_record:
        record({source: key for source, key in keys.items() if key})
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(TOP)
    arguments = sys.argv[1:]
    if "--record" in arguments and len(arguments) > 1:
        sys.exit("--record is for all sources: name none")
    named = [os.path.relpath(os.path.abspath(name), TOP) for name in arguments if name != "--record"]
    sys.exit(main(named, "--record" in arguments))
