#!/usr/bin/env bash
# Counts the instructions of the hot operations under callgrind, beside the stored figures, and fails when one has grown
# by more than 5 %. Instructions do not depend on what else the machine does: runs agree within 0.1 %. They do depend on
# compiler, libraries and architecture, so elsewhere store your own first; and callgrind shows programs a processor
# without SHA instructions, so that hashing weighs more here than in life.
# Usage: bench/guard/run.sh [--store]   (make guard builds what it runs)
#   --store  keeps the figures of this run as the stored ones
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly program=$PWD/build/bench/bench/bench_guard stored=bench/guard/instructions.txt slack=5
readonly folder=build/bench/guard  # the profiles stay there, to be looked at

[ "${1:-}" = "" ] || [ "$1" = --store ] || { echo "usage: bench/guard/run.sh [--store]" >&2; exit 2; }
[ -x "$program" ] || { echo "guard: $program is missing; make guard builds it" >&2; exit 2; }
rm -rf "$folder"
mkdir -p "$folder"

here() { echo "# $(c++ --version | head -1), glibc $(ldd --version | sed -n '1s/.* //p'), $(uname -m)"; }

# `name instructions` of each operation. An empty environment: its size would move the stack.
measure() {
  env -i valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file="$PWD/$folder/profile" "$program" \
    >"$folder/times" 2>"$folder/valgrind" || { cat "$folder/valgrind" >&2; return 1; }
  while read -r name times; do
    mv "$(grep -lx "desc: Trigger: Client Request: $name" "$folder"/profile.*)" "$folder/$name"
    awk -v name="$name" -v times="$times" '/^totals: / { printf "%s %.0f\n", name, $2 / times }' "$folder/$name"
  done <"$folder/times"
}

measure >"$folder/measured"

if [ "${1:-}" = --store ]; then
  { here; cat "$folder/measured"; } >"$stored"
  echo "guard: stored in $stored"
fi
[ "$(head -1 "$stored")" = "$(here)" ] || echo "guard: the stored figures are from elsewhere: $(head -1 "$stored")"

awk -v slack=$slack -v folder="$folder" '
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
    if (grown) {
      print "guard: over " slack " % more instructions:" grown
      print "guard: see where with callgrind_annotate --inclusive=yes " folder "/<operation>"
    }
    if (fresh) print "guard: without a stored figure:" fresh "; store it with --store"
    if (gone) print "guard: stored, but no longer measured:" gone "; forget it with --store"
    exit grown || fresh || gone ? 1 : 0
  }' "$stored" "$folder/measured"
