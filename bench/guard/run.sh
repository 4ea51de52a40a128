#!/usr/bin/env bash
# Counts the instructions of the hot operations under callgrind, beside the stored figures, and fails when one has grown
# by more than 5 %. Instructions do not depend on what else the machine does; three runs differ by less than 0.1 %.
# They do depend on compiler, libraries and architecture: elsewhere than where they were stored, store your own first.
# Usage: bench/guard/run.sh [--store]   (after `cmake --build --preset bench --target bench_guard`)
#   --store  keeps the figures of this run as the stored ones
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly program=$PWD/build/bench/bench/bench_guard stored=bench/guard/instructions.txt slack=5

[ "${1:-}" = "" ] || [ "$1" = --store ] || { echo "usage: bench/guard/run.sh [--store]" >&2; exit 2; }
[ -x "$program" ] || { echo "guard: $program is missing; make guard builds it" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

here() { echo "# $(c++ --version | head -1), glibc $(ldd --version | sed -n '1s/.* //p'), $(uname -m)"; }

# `name instructions` of each operation. An empty environment: its size would move the stack.
measure() {
  env -i valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file="$folder/profile" "$program" \
    >"$folder/times" 2>"$folder/valgrind" || { cat "$folder/valgrind" >&2; return 1; }
  awk 'FILENAME ~ /times$/ { times[$1] = $2; order[++count] = $1; next }
       /^desc: Trigger: Client Request: / { name = $NF }
       /^totals: / { if (name in times) instructions[name] = $2 / times[name]; name = "" }
       END {
         for (i = 1; i <= count; ++i) {
           if (!(order[i] in instructions)) { print "guard: no profile of " order[i] > "/dev/stderr"; exit 1 }
           printf "%s %.0f\n", order[i], instructions[order[i]]
         }
       }' "$folder/times" "$folder"/profile.*
}

measure >"$folder/measured"

if [ "${1:-}" = --store ]; then
  { here; cat "$folder/measured"; } >"$stored"
  echo "guard: stored in $stored"
fi
[ "$(head -1 "$stored")" = "$(here)" ] || echo "guard: the stored figures are from elsewhere: $(head -1 "$stored")"

awk -v slack=$slack '
  /^#/ { next }
  FILENAME ~ /instructions.txt$/ { stored[$1] = $2; next }
  FNR == 1 { printf "%-24s %14s %14s\n", "operation", "instructions", "stored" }
  !($1 in stored) { printf "%-24s %14d %14s\n", $1, $2, "none"; fresh = fresh " " $1; next }
  {
    change = ($2 / stored[$1] - 1) * 100
    printf "%-24s %14d %14d %+7.1f %%\n", $1, $2, stored[$1], change
    if (change > slack) grown = grown " " $1
    if (change < -slack) fallen = fallen " " $1
    delete stored[$1]
  }
  END {
    for (name in stored) gone = gone " " name
    if (fallen) print "guard: over " slack " % cheaper:" fallen "; store the new figure with --store"
    if (grown) print "guard: over " slack " % more instructions:" grown
    if (fresh) print "guard: without a stored figure:" fresh "; store it with --store"
    if (gone) print "guard: stored, but no longer measured:" gone "; forget it with --store"
    exit grown || fresh || gone ? 1 : 0
  }' "$stored" "$folder/measured"
