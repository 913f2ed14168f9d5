# Shared by setup_and_run, run_tests and dev. Sourced, not run.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

say() { printf '\n== %s\n' "$*"; }

# install_packages KIND…: the packages of packages.txt for these kinds that are not here yet. If a package has a program of its
# name in scripts/before_install, that runs first, as root.
install_packages() {
  local missing=() package kind command
  while read -r package kind command; do
    case "$package" in '' | '#'*) continue ;; esac
    [[ " $* " == *" $kind "* ]] || continue
    if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then continue; fi
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
    missing+=("$package")
  done <packages.txt
  [ ${#missing[@]} -eq 0 ] && return 0
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Not root, and no sudo: install these packages and run this again." >&2; return 1; }
    as_root=(sudo)
  fi
  for package in "${missing[@]}"; do
    [ ! -x "scripts/before_install/$package" ] || "${as_root[@]}" "scripts/before_install/$package" || return 1
  done
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Configures a preset once; afterwards the build itself notices a changed CMakeLists.txt.
configure() {
  local preset=$1 log
  [ "build/$preset/build.ninja" -nt CMakePresets.json ] && return 0
  log=$(mktemp)
  if ! cmake --preset "$preset" >"$log" 2>&1; then cat "$log"; rm -f "$log"; return 1; fi
  touch "build/$preset/build.ninja"
  rm -f "$log"
}

# On a terminal, ninja keeps one moving line. Elsewhere, one line of progress every 20 s; all other lines (warnings,
# errors, failed commands) pass.
progress() {
  local line last=$SECONDS
  while IFS= read -r line; do
    if [[ $line =~ ^\[[0-9]+/[0-9]+\]\  ]]; then
      ((SECONDS - last >= 20)) || continue
      last=$SECONDS
    fi
    printf '%s\n' "$line"
  done
}

# The files of the page: build/web, and build/web_embedded with what the program holds of them. All presets share them. They are
# made again only if something in web/ has changed. npm asks its registry the first time, and when web/package-lock.json changes.
web_assets() {
  local made=build/web_embedded/made next
  if [ -f "$made" ] && [ -z "$(find web scripts/embed_assets.mjs -newer "$made" -not -path '*/node_modules/*' -print -quit)" ]; then return 0; fi
  mkdir -p build/web_embedded
  next=$(mktemp build/made.XXXXXX) # as old as the inputs that are read now
  if [ -f web/package-lock.json ] && ! [ web/node_modules/.package-lock.json -nt web/package-lock.json ]; then
    if ! (cd web && npm ci --no-audit --no-fund --loglevel=error); then
      rm -f "$next"
      echo "The packages of the page (web/package-lock.json) cannot be installed: npm needs its registry for the first build, or a cache that holds them." >&2
      return 1
    fi
    touch web/node_modules/.package-lock.json
  fi
  if ! node web/build.mjs || ! node scripts/embed_assets.mjs build/web build/web_embedded; then
    rm -f "$next"
    echo "The page of the tester (web/) cannot be built: see the lines above." >&2
    return 1
  fi
  mv "$next" "$made"
}

# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  [ "$preset" = fuzz ] || web_assets || return 1
  configure "$preset" || return 1
  if [ -t 1 ]; then
    cmake --build "build/$preset" ${1:+--target "$@"}
  else
    cmake --build "build/$preset" ${1:+--target "$@"} 2>&1 | progress
    return "${PIPESTATUS[0]}"
  fi
}

# The packages of the service tests, and of the checks of the API documents (no script of theirs runs). They are installed again
# only when their list has changed.
service_packages() {
  npm_packages tests/service && npm_packages tests/api_lint --ignore-scripts
}
npm_packages() {
  local folder=$1
  shift
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return 0
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error "$@")
}

# Real recordings are not part of the project. If a folder beside it holds them, the tests get their places, unless the
# environment names others: PAPI_CAPTURES is a file, PAPI_CASES is a folder.
find_recordings() {
  local found
  for found in "$top"/../*/captures/recorded.ndjson; do
    if [ -f "$found" ]; then export PAPI_CAPTURES="${PAPI_CAPTURES-$found}"; fi
  done
  for found in "$top"/../*/cases/superfan.ndjson; do
    if [ -f "$found" ]; then export PAPI_CASES="${PAPI_CASES-${found%/*}}"; fi
  done
}
