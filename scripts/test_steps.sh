# The steps of run_tests: each counts what passed and failed, and takes its time. Sourced after common.sh.

passed=0 failed=0 skipped=0
step_names=() step_seconds=() failed_names=() failed_reasons=()
longest_step=1500  # seconds; one that takes longer hangs

# What the services wrote during the tests must hold none of the secrets that the tests used.
written=$(mktemp -d)
trap 'rm -rf "$written"' EXIT
no_secret_written() { "$node" tests/service/secrets_in_output.mjs "$written"; }
node=tests/service/node_modules/.bin/node
find_recordings

begin() {
  step_names+=("$1")
  step_begun=$SECONDS
  say "$1"
}
finish() { step_seconds+=($((SECONDS - step_begun))); }

# step NAME COMMAND…: one check that passes or fails as a whole. Returns the command's exit code.
step() {
  begin "$1"
  "${@:2}"
  local code=$?
  if [ $code -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) failed_names+=("$1"); echo "FAILED: $1"; fi
  finish
  return $code
}

# unit_tests PRESET: adds gtest's own counts.
unit_tests() {
  local preset=$1 out code ok bad
  begin "Unit tests ($preset)"
  out=$(mktemp)
  timeout "$longest_step" "build/$preset/unit_tests" --gtest_brief=1 2>&1 | tee "$out"
  code=${PIPESTATUS[0]}
  ok=$(sed -nE 's/^\[  PASSED  \] ([0-9]+) tests?\.$/\1/p' "$out")
  bad=$(grep -cE '^\[  FAILED  \] [A-Za-z]+.*\([0-9]+ ms\)$' "$out")
  passed=$((passed + ${ok:-0})) failed=$((failed + bad))
  [ $code -ne 0 ] && [ "$bad" -eq 0 ] && failed=$((failed + 1))
  [ $code -ne 0 ] && failed_names+=("Unit tests ($preset): $(sed -nE 's/^\[  FAILED  \] ([A-Za-z_.0-9/]+).*\(.*/\1/p' "$out" | tr '\n' ' ')")
  rm -f "$out"
  finish
}

# These files hold an answer to a time limit, or take both processors: nothing else runs beside them.
alone=(account_book kill_loop limits postgres revocation)

# service_tests PRESET [NAME…]: the named test files, else all. Three files run at a time, then those of `alone` one by one.
# With PAPI_TEST_DATABASE=postgres the services run on PostgreSQL.
service_tests() {
  local preset=$1 file name
  local on="$preset${PAPI_TEST_DATABASE:+, $PAPI_TEST_DATABASE}"
  shift
  local wanted=("$@") together=() single=()
  if [ $# -eq 0 ]; then
    for file in tests/service/*.test.mjs; do wanted+=("$(basename "$file" .test.mjs)"); done
  fi
  for name in "${wanted[@]}"; do
    file=tests/service/$name.test.mjs
    if [[ " ${alone[*]} " == *" $name "* ]]; then single+=("$file"); else together+=("$file"); fi
  done
  [ ${#together[@]} -gt 0 ] && service_test_files "$preset" 3 "Service tests, three files at a time ($on)" "${together[@]}"
  [ ${#single[@]} -gt 0 ] && service_test_files "$preset" 1 "Service tests, one file at a time ($on)" "${single[@]}"
}

# service_test_files PRESET AT-A-TIME NAME FILE…: adds the counts of node's test runner.
service_test_files() {
  local preset=$1 at_a_time=$2 out code count n bad=0 name
  begin "$3"
  shift 3
  out=$(mktemp)
  PAPI_BUILD_DIR="$top/build/$preset" PAPI_SIM_DIR="$top/build/release" PAPI_OUTPUT_DIR="$written" \
    timeout "$longest_step" "$node" --test --test-concurrency="$at_a_time" --test-reporter=spec "$@" 2>&1 | tee "$out"
  code=${PIPESTATUS[0]}
  # A test that ran out of time counts as cancelled.
  for count in pass fail cancelled skipped; do
    n=$(sed -nE "s/^(# |ℹ )$count ([0-9]+)$/\2/p" "$out" | tail -1)
    case $count in
      pass) passed=$((passed + ${n:-0})) ;;
      fail | cancelled) bad=$((bad + ${n:-0})) ;;
      skipped) skipped=$((skipped + ${n:-0})) ;;
    esac
  done
  [ $code -ne 0 ] && [ $bad -eq 0 ] && bad=1
  failed=$((failed + bad))
  while read -r name; do failed_names+=("$name ($preset)"); done < <(sed -nE '/failing tests:/,$s/^✖ (.*) \([0-9.]+ms\)$/\1/p' "$out")
  [ $bad -gt 0 ] && failed_reasons+=("$(sed -n '/failing tests:/,$p' "$out" | sed 1d | cut -c 1-300 | head -80)")
  rm -f "$out"
  finish
}

# What failed, with reasons, then the steps with their seconds, then the names of what failed.
table() {
  local i total=0
  if [ ${#failed_reasons[@]} -gt 0 ]; then
    say "Why service tests failed"
    printf '%s\n\n' "${failed_reasons[@]}"
  fi
  say "Seconds of each step"
  for i in "${!step_names[@]}"; do
    printf '%6d  %s\n' "${step_seconds[$i]}" "${step_names[$i]}"
    total=$((total + step_seconds[i]))
  done
  printf '%6d  total (%d min %02d s)\n\n' "$total" $((total / 60)) $((total % 60))
  for i in "${!failed_names[@]}"; do echo "FAILED: ${failed_names[$i]}"; done
}
