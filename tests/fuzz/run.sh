#!/usr/bin/env bash
# Runs the fuzzers, each for some seconds, starting from the corpus and from what earlier runs here have found to lead
# further (build/fuzz/corpus). Prints a line per target and a total; exits 1 when a property did not hold.
# Usage: tests/fuzz/run.sh <seconds> [<target>…]
set -euo pipefail
cd "$(dirname "$0")/../.."
export seconds=${1:?usage: tests/fuzz/run.sh <seconds> [<target>…]}
shift
bin=build/fuzz/tests/fuzz
mkdir -p build/fuzz/log build/fuzz/finding

# The longest input: what a corpus file may reach, and no more, since long inputs make few executions.
export max_bytes=4096

one() {
  local target=$1 dictionary=tests/fuzz/dictionaries/$1.txt log=build/fuzz/log/$1.txt
  mkdir -p "build/fuzz/corpus/$target"
  rm -f "build/fuzz/finding/$target-"*
  local status=0
  "$2/fuzz_$target" "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" -max_total_time="$seconds" \
    ${dictionary:+$([ -e "$dictionary" ] && echo "-dict=$dictionary")} \
    -artifact_prefix="build/fuzz/finding/$target-" -max_len="$max_bytes" -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 >"$log" 2>&1 || status=$?
  local executions coverage files found
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  coverage=$(grep -ao 'cov: [0-9]*' "$log" | tail -1 | cut -c6-)
  files=$(grep -ao 'corp: [0-9]*' "$log" | tail -1 | cut -c7-)
  found=$(find build/fuzz/finding -name "$target-*" | wc -l)
  [ "$status" != 0 ] && [ "$found" = 0 ] && found=1  # it ended without leaving an input: the log tells why
  printf '%-18s %12s %8s %9s %9s\n' "$target" "${executions:-0}" "${files:-0}" "${coverage:-0}" "$found" \
    | tee "build/fuzz/log/$target.line"
}
export -f one

targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(find tests/fuzz/corpus -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)
printf '%-18s %12s %8s %9s %9s\n' target executions corpus coverage findings
printf '%s\n' "${targets[@]}" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'one {} '"$bin"
lines() { for target in "${targets[@]}"; do cat "build/fuzz/log/$target.line"; done; }
findings=$(lines | awk '{sum += $5} END {print sum}')
if [ "$findings" != 0 ]; then
  echo "What was found lies in build/fuzz/finding, what was said about it in build/fuzz/log. Played again:"
  echo "  $bin/fuzz_<target> <file>"
  echo "What to do then: docs/how-to/fuzz-an-input.md"
fi
lines | awk '{executions += $2} END {printf "%d targets, %d executions, ", NR, executions}'
echo "$findings findings"
[ "$findings" = 0 ]
